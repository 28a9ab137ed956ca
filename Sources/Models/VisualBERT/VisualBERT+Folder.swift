internal import Checkpoints
package import Foundation
internal import Layers
internal import Torch

extension VisualBERT {
  /// Reads a network in transformers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and the weights, which are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  package init(folder: URL) throws {
    let configuration: VisualBERTConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let weights = WeightSource(try WeightsFile(contentsOf: Self.weights(in: folder)))
    self = try ParameterStore(loading: weights.leavingOut(Self.unusedNames), dtype: .float32)
      .network { VisualBERT($0, configuration) }
  }
}

extension VisualBERT: FolderNetwork {
  package typealias Configuration = VisualBERTConfiguration
  package static let className = "VisualBertForPreTraining"
  package static let fileStem = "model"
}
