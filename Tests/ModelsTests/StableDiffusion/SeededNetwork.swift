import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// A network whose weights a golden script drew from a seed, and what the reference made of it.
struct SeededNetwork {
  let name: String
  let golden: Golden
  let weights: WeightSource

  init(_ name: String) throws {
    self.name = name
    golden = try Golden("\(name)/golden.safetensors")
    let seeded = try SeededWeights(contentsOf: Golden.file("\(name)/weights.json"))
    weights = WeightSource(seeded.draw())
  }

  /// What diffusers' `config.json` says.
  func configuration<Configuration: Decodable>(
    _ type: Configuration.Type = Configuration.self
  ) throws -> Configuration {
    try readConfiguration(type, from: Golden.file("\(name)/config.json"))
  }

  /// The network, which must use every weight.
  func network<Network>(dtype: DType? = nil, _ build: (Scope) throws -> Network) throws -> Network {
    try ParameterStore(loading: weights, dtype: dtype).network(build)
  }

  /// The U-Net of diffusers' configuration.
  func unet(dtype: DType? = nil) throws -> UNet2DConditionModel {
    let configuration: UNet2DConditionConfiguration = try configuration()
    return try network(dtype: dtype) { UNet2DConditionModel($0, configuration) }
  }

  /// The conditions that the script made, as far as it made them.
  func conditions() throws -> UNetConditions {
    func optional(_ name: String) throws -> Tensor? {
      golden.names.contains(name) ? try golden[name] : nil
    }
    var conditions = UNetConditions(text: try golden["text"])
    conditions.mask = try optional("mask")
    conditions.pooledText = try optional("text_embeds")
    conditions.sizes = try optional("time_ids")
    conditions.label = try optional("label")
    conditions.timeCondition = try optional("time_condition")
    return conditions
  }

  /// A picture in [0, 1] that the script saved as eighths.
  func picture(_ name: String = "picture") throws -> Tensor {
    try golden[name].converted(to: .float32) / 8
  }
}
