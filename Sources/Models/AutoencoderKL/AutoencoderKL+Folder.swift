internal import Checkpoints
public import Foundation
public import Layers

extension AutoencoderKL {
  /// Reads an autoencoder in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose weights, in
  ///     any dtype, are converted to the type to compute in. The attention's may have the names
  ///     that they had in diffusers at first.
  ///   - wrapping: Which edges of a picture meet.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(
    folder: URL, wrapping: Wrapping? = nil, matrices: MatrixStorage = .converted
  ) throws {
    self = try readNetwork(from: folder, renaming: Self.formerNames, matrices: matrices) {
      AutoencoderKL($0.wrapping(wrapping), $1)
    }
  }

  /// What the attention's weights were called in diffusers' first files, by their names now.
  package static func formerNames(_ names: [String]) -> [String: String] {
    let parts = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
    var former: [String: String] = [:]
    for half in ["encoder", "decoder"] {
      let place = "\(half).mid_block.attentions.0"
      guard names.contains("\(place).query.weight") else { continue }
      for (now, then) in parts {
        for kind in ["weight", "bias"] {
          former["\(place).\(now).\(kind)"] = "\(place).\(then).\(kind)"
        }
      }
    }
    return former
  }
}

extension AutoencoderKL: FolderNetwork {
  package typealias Configuration = AutoencoderKLConfiguration
  package static let className = "AutoencoderKL"
}
