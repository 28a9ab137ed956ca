public import Foundation
package import Torch

extension ADMUNet {
  /// Reads a network from a folder.
  ///
  /// - Parameter folder: Holds `config.json`, an ``ADMConfiguration``, and
  ///   `diffusion_pytorch_model.safetensors`, whose weights, in any dtype, are converted to
  ///   float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    let configuration: ADMConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    self = try readNetwork(from: folder) { ADMUNet($0, configuration) }
  }
}

extension ADMClassifier {
  /// Reads a network from a folder.
  ///
  /// - Parameter folder: Holds `config.json`, an ``ADMClassifierConfiguration``, and
  ///   `diffusion_pytorch_model.safetensors`, whose weights, in any dtype, are converted to
  ///   float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    let configuration: ADMClassifierConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    self = try readNetwork(from: folder) { ADMClassifier($0, configuration) }
  }
}

extension ADMUNet: FolderNetwork {
  package typealias Configuration = ADMConfiguration
  package static let className = "ADMUNet"
  package static let storedType = DType.float32
}

extension ADMClassifier: FolderNetwork {
  package typealias Configuration = ADMClassifierConfiguration
  package static let className = "ADMClassifier"
  package static let storedType = DType.float32
}
