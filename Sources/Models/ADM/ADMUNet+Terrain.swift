package import Checkpoints
internal import Foundation
package import Layers
internal import Torch

extension ADMConfiguration {
  /// The sizes of the terrain network of adaptive-terrain-diffusion 0.4.2 on PyPI, which its file
  /// calls `consistency-unet-32`.
  package static let terrain = {
    var sizes = ADMConfiguration()
    sizes.imageSize = 128
    (sizes.inChannels, sizes.outChannels) = (1, 1)
    sizes.modelChannels = 32
    sizes.numResBlocks = 4
    sizes.attentionResolutions = [4, 8, 16]
    sizes.channelMult = [1, 1, 2, 3, 4]
    sizes.labels = .number
    sizes.numHeadChannels = 32
    return sizes
  }()
}

extension WeightSource {
  /// The weights of an ``ADMUNet`` in an ONNX file that PyTorch exported.
  ///
  /// The file has most of them under their own names below `network`, with attention's layers as
  /// convolutions over pictures. Normalizations lost their names on the way: their weights and
  /// biases, one after the other, are the file's constants of shape `[channels, 1, 1]`, in the
  /// order in which the network runs, which is that of its layers. Other constants belong to the
  /// graph.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - configuration: The sizes.
  /// - Throws: `CheckpointError` if there are more or fewer such constants than normalizations
  ///   need.
  package init(onnx file: ONNXWeights, _ configuration: ADMConfiguration) throws {
    let prefix = "network."
    let own = file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    let constants = file.entries.filter {
      !$0.name.hasPrefix(prefix) && $0.shape.count == 3 && $0.shape.dropFirst() == [1, 1]
    }.map(\.name)
    let known = Set(own)
    let lost = try ParameterStore.outline { ADMUNet($0, configuration) }.map(\.name)
      .filter { !known.contains($0) }
    guard lost.count == constants.count else {
      throw CheckpointError.shard(
        file: file.file.path,
        expected: "\(lost.count) constants for \(lost.count) weights without "
          + "a name, such as \(lost.first ?? "none")", found: "\(constants.count)")
    }
    let names = Dictionary(uniqueKeysWithValues: zip(lost, constants))
    self.init(names: own + lost) { name in
      if let constant = names[name] { return try file.tensor(constant).squeezed(-1).squeezed(-1) }
      let weight = try file.tensor(prefix + name)
      let isPicture =
        weight.rank == 4
        && [".qkv.weight", ".proj_out.weight"].contains {
          name.hasSuffix($0)
        }
      return isPicture ? weight.squeezed(-1) : weight
    }
  }
}
