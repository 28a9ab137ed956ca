internal import Checkpoints
package import Foundation
package import Layers
internal import Torch

extension VisualBERT {
  /// The file of the weights of a network in transformers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder, named: "model") }

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

  /// The weights of a network in transformers' layout, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the network must have.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, _ expected: VisualBERTConfiguration
  ) throws -> WeightSource {
    try readWeightsToTrain(from: folder, expected, named: "model").leavingOut(unusedNames)
  }

  /// Writes a network in transformers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: VisualBERTConfiguration, to folder: URL
  ) throws {
    try writeNetwork(
      weights, configuration, named: "VisualBertForPreTraining", to: folder, file: "model")
  }
}
