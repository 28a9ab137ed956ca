internal import Checkpoints
public import Foundation
package import Layers

extension AutoencoderOobleck {
  /// Reads an autoencoder in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32. The lengths and directions of weights may
  ///   have the names of PyTorch's `weight_norm` or of its parametrizations.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    self = try readNetwork(from: folder, renaming: Self.parametrizedNames) {
      AutoencoderOobleck($0, $1)
    }
  }

  /// The file of the weights in a folder in diffusers' layout.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder) }

  /// What PyTorch's parametrizations call lengths and directions, by the names that are asked for.
  package static func parametrizedNames(_ names: [String]) -> [String: String] {
    let parts = ["original0": "weight_g", "original1": "weight_v"]
    var former: [String: String] = [:]
    for name in names {
      guard let place = name.firstRange(of: ".parametrizations.weight."),
        let part = parts[String(name[place.upperBound...])]
      else { continue }
      former["\(name[..<place.lowerBound]).\(part)"] = name
    }
    return former
  }

  /// Writes an autoencoder in diffusers' layout, with its weights in half precision.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: AutoencoderOobleckConfiguration, to folder: URL
  ) throws {
    try writeNetwork(weights, configuration, named: "AutoencoderOobleck", to: folder)
  }
}
