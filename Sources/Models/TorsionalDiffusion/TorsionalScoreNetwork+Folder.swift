internal import Checkpoints
package import Foundation
package import Layers
internal import Torch

extension TorsionalScoreNetwork {
  /// The file of the weights of a network in the layout of other models here.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder, named: "model") }

  /// Reads a network.
  ///
  /// - Parameter folder: Holds `config.json` and the weights, under the reference's names; what
  ///   the reference notes beside them is passed over.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  package init(folder: URL) throws {
    let configuration: TorsionalScoreConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let weights = WeightSource(try WeightsFile(contentsOf: Self.weights(in: folder)))
    let unused = Self.unusedNames(weights.names)
    self = try ParameterStore(loading: weights.leavingOut(unused), dtype: .float32)
      .network { try TorsionalScoreNetwork($0, configuration) }
  }

  /// Writes a network, with its weights as they are.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: TorsionalScoreConfiguration, to folder: URL
  ) throws {
    try writeNetwork(
      weights, configuration, named: "TensorProductScoreModel", to: folder, as: .float32,
      file: "model")
  }
}
