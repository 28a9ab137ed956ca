import Foundation
import Layers
import TestSupport
import Torch

@testable import Checkpoints
@testable import Models

/// A LoRA that a golden script wrote, and what the reference made of the networks with it.
struct AdapterFixture {
  let lora: LoRA
  let golden: Golden
  /// How much of the change the script made.
  let strength: Double

  init(_ name: String) throws {
    lora = try LoRA(contentsOf: Golden.file("\(name).safetensors"))
    golden = try Golden("\(name).golden.safetensors")
    strength = try golden["strength"].item()
  }

  /// The networks of the script, with their own weights.
  static func networks(_ family: String) throws -> [LoRA.Network: WeightSource] {
    let place = #filePath.replacing("Adapters/AdapterFixture.swift", with: "")
    func encoder(_ name: String) throws -> WeightSource {
      let file = Golden.file("CLIPText/\(name)/model.safetensors", beside: place + "x")
      return CLIPTextModel.published(WeightSource(try Checkpoint(contentsOf: file)))
    }
    var networks: [LoRA.Network: WeightSource] = [
      .unet: try SeededNetwork(family).weights, .textEncoder: try encoder("tiny"),
    ]
    if family == "sdxl" { networks[.textEncoder2] = try encoder("projected") }
    return networks
  }

  /// The changed weights of the reference, by network and name.
  func changed() -> [(network: LoRA.Network, name: String, key: String)] {
    golden.names.compactMap { key in
      guard let dot = key.firstIndex(of: "."),
        let network = LoRA.Network(rawValue: String(key[..<dot]))
      else { return nil }
      return (network, String(key[key.index(after: dot)...]), key)
    }
  }
}
