import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// A published size on random weights; `Tests/Golden/check_clip_text.py` makes what this compares.
@Suite struct CLIPTextFullTests {
  static let folder = Repository.model.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "runs/clip-text")

  @Test(
    "states are transformers' to 1e-4 of the largest",
    .enabled(if: FileManager.default.fileExists(atPath: folder.path())))
  func parity() throws {
    let golden = try Checkpoint(contentsOf: Self.folder.appending(path: "golden.safetensors"))
    let configuration: CLIPTextConfiguration = try readConfiguration(
      from: Self.folder.appending(path: "config.json"))
    let weights = try Checkpoint(contentsOf: Self.folder.appending(path: "model.safetensors"))
    let model = try ParameterStore(loading: WeightSource(weights))
      .network { CLIPTextModel($0, configuration, projects: true) }
    let ids = try golden.tensor("ids")
    let output = try checked { withoutGradients { model(ids) } }
    let projected = try #require(output.projected)
    let pairs = [
      ("last", output.last), ("projected", projected),
      ("penultimate", model.states(output, skipping: 1, isNormalized: false)),
    ]
    for (name, found) in pairs {
      let error = relativeDistance(found, try golden.tensor(name))
      print("\(name): \(error) of the largest")
      #expect(error < 1e-4, "\(name)")
    }
  }
}
