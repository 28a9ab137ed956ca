internal import Checkpoints
package import Foundation
internal import Layers
package import Torch

extension DiffDockNetwork {
  /// Reads a network.
  ///
  /// - Parameter folder: Holds `config.json` and the weights, under the reference's names; what
  ///   the reference notes beside them is passed over.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  package init(folder: URL) throws {
    let configuration: DiffDockConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let weights = WeightSource(try WeightsFile(contentsOf: Self.weights(in: folder)))
    let unused = Self.unusedNames(weights.names)
    self = try ParameterStore(loading: weights.leavingOut(unused), dtype: .float32)
      .network { try DiffDockNetwork($0, configuration) }
  }
}

extension DiffDockNetwork: FolderNetwork {
  package typealias Configuration = DiffDockConfiguration
  package static let className = "CGModel"
  package static let fileStem = "model"
  package static let storedType = DType.float32
}
