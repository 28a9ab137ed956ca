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

  /// The names and shapes that the reference's network has.
  private struct Weights: Decodable {
    let seed: UInt64
    let shapes: [String: [Int]]
  }

  init(_ name: String) throws {
    self.name = name
    golden = try Golden("\(name)/golden.safetensors")
    let data = try Data(contentsOf: Golden.file("\(name)/weights.json"))
    let reference = try JSONDecoder().decode(Weights.self, from: data)
    weights = WeightSource(Self.draw(reference))
  }

  /// What `seeded` in `unet2d_condition.py` draws.
  private static func draw(_ reference: Weights) -> [String: Tensor] {
    let generator = Generator(seed: reference.seed)
    var weights: [String: Tensor] = [:]
    for (name, shape) in reference.shapes.sorted(by: { $0.key < $1.key }) {
      let noise = generator.normal(shape)
      weights[name] =
        shape.count > 1
        ? noise / Double(shape.dropFirst().reduce(1, *)).squareRoot()
        : noise * 0.3 + (name.hasSuffix("weight") ? 1.0 : 0.0)
    }
    return weights
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
    return conditions
  }

  /// A picture in [0, 1] that the script saved as eighths.
  func picture(_ name: String = "picture") throws -> Tensor {
    try golden[name].converted(to: .float32) / 8
  }
}
