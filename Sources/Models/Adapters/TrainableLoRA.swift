internal import Checkpoints
internal import Diffusion
package import Foundation
package import Layers
internal import Torch

/// Small matrices that are trained beside the linear layers of a U-Net, and become a LoRA.
///
/// Hu et al. 2021, https://arxiv.org/abs/2106.09685.
package struct TrainableLoRA: Sendable {
  /// A linear layer of the network.
  private struct Layer {
    let name: String
    let inputs: Int
    let outputs: Int
  }

  private let layers: [Layer]
  private let rank: Int
  private let alpha: Double

  /// The layers of a network to which is added.
  ///
  /// - Parameters:
  ///   - configuration: The network's sizes.
  ///   - ends: The last parts of the names of the layers, such as `to_q` or `ff.net.2`.
  ///   - rank: The rank of what is added, at least 1.
  ///   - alpha: How strongly it acts, over the rank.
  /// - Throws: ``TrainableLoRAError`` for an end that no linear layer of the network has.
  package init(
    _ configuration: UNet2DConditionConfiguration, layers ends: [String], rank: Int, alpha: Double
  ) throws {
    let suffix = ".weight"
    let all = try ParameterStore.outline { UNet2DConditionModel($0, configuration) }
      .compactMap { name, shape in
        guard name.hasSuffix(suffix), shape.count == 2 else { return nil as Layer? }
        return Layer(
          name: String(name.dropLast(suffix.count)), inputs: shape[1], outputs: shape[0])
      }
    func isNamed(_ layer: Layer, _ end: String) -> Bool {
      layer.name == end || layer.name.hasSuffix("." + end)
    }
    for end in ends where !all.contains(where: { isNamed($0, end) }) {
      let known = Set(all.map { Self.end(of: $0.name) }).sorted()
      throw TrainableLoRAError(end: end, nearest: nearestNames(to: end, among: known, limit: 4))
    }
    layers = all.filter { layer in ends.contains { isNamed(layer, $0) } }
    self.rank = rank
    self.alpha = alpha
  }

  /// The end of a layer's name, from its last word on: `to_q`, `to_out.0`, `linear_1`.
  private static func end(of name: String) -> String {
    let parts = name.split(separator: ".")
    let last = parts.lastIndex { !$0.allSatisfy(\.isNumber) } ?? 0
    return parts[last...].joined(separator: ".")
  }

  /// What is added to each layer, by the layer's name.
  ///
  /// - Parameter store: Has the matrices, or draws them: `LAYER.lora_A.weight` and
  ///   `LAYER.lora_B.weight`.
  /// - Returns: What a ``ParameterStore`` of the network takes.
  /// - Throws: `LoadingError` with all misfits.
  package func additions(_ store: ParameterStore) throws -> [String: LowRank] {
    try store.network { scope in
      Dictionary(
        uniqueKeysWithValues: layers.map { layer in
          let place = scope / layer.name
          return (
            layer.name,
            LowRank(place, layer.inputs, layer.outputs, rank: rank, alpha: alpha)
          )
        })
    }
  }

  /// Writes a LoRA with kohya's names, which every program reads, in half precision.
  ///
  /// - Parameters:
  ///   - weights: The matrices, by the names of ``additions(_:)``.
  ///   - notes: What is said beside them.
  ///   - file: The file.
  /// - Throws: `CheckpointError` or `FileError`.
  package func write(_ weights: WeightSource, notes: [String: String], to file: URL) throws {
    let parts = [("lora_A", "lora_down"), ("lora_B", "lora_up")]
    let drafts = try layers.flatMap { layer in
      let place = "lora_unet_" + AdapterPlace(.unet, module: layer.name).flattened
      let matrices = try parts.map { ours, theirs in
        Safetensors.Draft(
          "\(place).\(theirs).weight",
          try checked { try weights.tensor("\(layer.name).\(ours).weight").converted(to: .float16) }
        )
      }
      let strength = Tensor([Float(alpha)], shape: []).converted(to: .float16)
      return matrices + [Safetensors.Draft("\(place).alpha", strength)]
    }
    let own = [
      "ss_network_module": "networks.lora", "ss_network_dim": "\(rank)",
      "ss_network_alpha": "\(alpha)",
    ]
    try Safetensors.write(drafts, metadata: own.merging(notes) { $1 }, to: file)
  }
}

/// No linear layer of a network has a name that ends so.
package struct TrainableLoRAError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was asked for.
  package let end: String
  /// What it may have been meant to be.
  package let nearest: [String]

  /// What was expected and what was found.
  package var description: String {
    "layers: expected ends of names of linear layers, such as \(nearest.joined(separator: ", ")), "
      + "found \(end)"
  }
}
