import Evaluation
import Foundation
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// The network that compares molecules, with its published weights.
@Suite struct ChemNetTests {
  private struct Texts: Decodable {
    let texts: [String]
    let first: [String]
    let second: [String]
    let distance: Double
  }

  private static func texts() throws -> Texts {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "chemnet.json")
    return try JSONDecoder().decode(Texts.self, from: Data(contentsOf: file))
  }

  /// Where `Scripts/test-weights` puts packages.
  static let cache = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../.deps/evaluation").standardizedFileURL

  /// The network, whose weights `Scripts/test-weights` fetches.
  static func network() throws -> ChemNet {
    let package = EvaluationNetwork.chemNetPackage
    let folder = cache.appending(path: "\(package.name)-\(package.version)")
    try #require(
      FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)),
      "the weights are not in \(folder.relativePath): run Scripts/test-weights, which fetches them")
    return try EvaluationNetwork.chemNet(cache: cache) { _ in }
  }

  @Test("the published weights see in texts what the reference sees")
  func parity() throws {
    let network = try Self.network()
    let features = try checked { try withoutGradients { network(try Self.texts().texts) } }
    // float32 through 175 steps of memory; features are in [-1, 1].
    #expect(distance(features, try Golden("chemnet.safetensors")["features"]) < 1e-5)
  }

  @Test("the distance of two sets of molecules is the reference's")
  func distances() throws {
    let network = try Self.network()
    let texts = try Self.texts()
    let found = try checked {
      try withoutGradients {
        try frechetDistance(
          FeatureMoments(network(texts.first)), FeatureMoments(network(texts.second)))
      }
    }
    // The reference takes the root of a product that is not symmetric.
    #expect(abs(found - texts.distance) < 1e-3)
  }
}
