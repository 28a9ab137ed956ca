internal import Foundation
internal import Modalities
internal import Models
internal import Torch

extension PromptedModel {
  /// Reads a tiny autoencoder that shows this model's unfinished pictures.
  ///
  /// - Parameter folder: In diffusers' layout.
  /// - Returns: The autoencoder.
  /// - Throws: ``ModelError`` for one of other latents, or what is wrong with the folder.
  func previewDecoder(_ folder: URL) throws -> AutoencoderTiny {
    let decoder = try StableDiffusionModel.part(folder) { try AutoencoderTiny(folder: $0) }
    let (own, found) = (autoencoder.configuration, decoder.configuration)
    for (what, expected, found) in [
      ("channels of latents", own.latentChannels, found.latentChannels),
      ("pixels a side of a latent", own.reduction, found.reduction),
    ] where expected != found {
      throw ModelError.mismatch(
        folder: folder.path(percentEncoded: false),
        expected: "a decoder for this model, of \(expected) \(what)", found: "\(found)")
    }
    return decoder
  }
}

extension AutoencoderTiny {
  /// The pictures of latents as the denoiser makes them, `[batch, channels, height, width]`.
  ///
  /// - Throws: A `TorchError`, or an `ImageError` for pictures of other channels than three.
  func decoded(_ latents: Tensor) throws -> [Image] {
    let decoded = try checked { withoutGradients { decode(latents) } }
    return try (0..<decoded.shape[0]).map {
      try Image(tensor: decoded.selected(dim: 0, index: $0))
    }
  }
}
