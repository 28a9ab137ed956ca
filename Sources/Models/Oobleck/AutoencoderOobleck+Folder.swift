internal import Checkpoints
public import Foundation

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
}

extension AutoencoderOobleck: FolderNetwork {
  package typealias Configuration = AutoencoderOobleckConfiguration
  package static let className = "AutoencoderOobleck"
}
