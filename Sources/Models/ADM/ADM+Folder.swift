public import Foundation
package import Layers
internal import Torch

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

  /// Writes a network as it is read, in float32.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: ADMConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "ADMUNet", to: folder, as: .float32)
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

  /// Writes a network as it is read, in float32.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: ADMClassifierConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "ADMClassifier", to: folder, as: .float32)
  }
}
