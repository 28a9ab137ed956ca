internal import Checkpoints
package import Foundation
internal import Layers
internal import Torch

extension BERTEncoder {
  /// Reads an encoder in the layout of Hugging Face.
  ///
  /// - Parameter folder: Holds `config.json` and `model.safetensors`, whose weights, in any dtype,
  ///   are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with everything in which
  ///   the weights do not fit.
  package init(folder: URL) throws {
    let configuration: BERTConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let checkpoint = try Checkpoint(contentsOf: TextEncoder.weights(in: folder))
    let weights = WeightSource(checkpoint).leavingOut(Self.unusedNames)
    self = try ParameterStore(loading: weights, dtype: .float32)
      .network { BERTEncoder($0, configuration) }
  }
}
