package import Layers
package import Torch

/// The last stages of an ``EfficientNetLite`` and its features: from shapes to what things are.
///
/// Its weights have the network's own names.
package struct EfficientNetTail: Sendable {
  let blocks: [MobileBlock]
  private let head: SameConv2d
  private let headNorm: BatchNorm

  /// What is behind the first stages, with the weights below `scope`.
  ///
  /// - Parameters:
  ///   - scope: The place of the whole network.
  ///   - configuration: The sizes of the whole network.
  ///   - stages: How many stages are before it.
  package init(
    _ scope: Scope, _ configuration: EfficientNetLiteConfiguration, after stages: Int
  ) {
    var inputs = configuration.stem
    var (blocks, number): ([MobileBlock], Int) = ([], 0)
    for (index, stage) in configuration.stages.enumerated() {
      for block in 0..<stage.blocks {
        if index >= stages {
          blocks.append(
            MobileBlock(
              scope / "_blocks" / number, stage, inputs: inputs,
              stride: block == 0 ? stage.stride : 1))
        }
        inputs = stage.outputs
        number += 1
      }
    }
    self.blocks = blocks
    head = SameConv2d(scope / "_conv_head", inputs, configuration.features, kernel: 1)
    headNorm = BatchNorm(scope / "_bn1", configuration.features, eps: MobileBlock.eps)
  }

  /// What the network sees at each place.
  ///
  /// - Parameter x: What the stages before it make of pictures, `[batch, channels, height, width]`.
  /// - Returns: `[batch, configuration.features, …]`.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    features(blocks.reduce(x) { $1($0) })
  }

  /// What the last convolution sees behind all stages.
  func features(_ x: Tensor) -> Tensor { relu6(headNorm(head(x))) }
}
