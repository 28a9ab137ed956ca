internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// A ControlNet and the picture that it goes by.
struct ControlGuide: Sendable {
  let network: ControlNetModel
  /// `[1, 3, height, width]`, in [0, 1].
  let picture: Tensor
  /// What its additions are multiplied by.
  let scale: Double
}

extension StableDiffusionModel {
  /// Reads a ControlNet and its picture.
  ///
  /// Zhang et al. 2023, https://arxiv.org/abs/2302.05543.
  ///
  /// - Parameters:
  ///   - control: What to read.
  ///   - size: The size that pictures are drawn at, which the picture must have.
  /// - Returns: The network and its picture.
  /// - Throws: ``ModelError`` for the ControlNet of another model, ``GenerateError`` for a picture
  ///   of another size, or what reading either throws.
  func guide(_ control: Generate.Control, size: PictureSize) throws -> ControlGuide {
    let folder = URL(filePath: control.model, directoryHint: .isDirectory)
    let network = try Self.part(folder) {
      try ControlNetModel(folder: $0, wrapping: wrapping)
    }
    let (own, sizes) = (unet.configuration.encoder, network.configuration.encoder)
    for (what, expected, found) in [
      ("channels", own.blockOutChannels, sizes.blockOutChannels),
      ("blocks", own.layersPerBlock, sizes.layersPerBlock),
      ("prompts of channels", own.crossAttentionDim, sizes.crossAttentionDim),
    ] where expected != found {
      throw ModelError.mismatch(
        folder: control.model, expected: "a ControlNet of this model, with \(what) \(expected)",
        found: "\(found)")
    }
    let image = try Image(contentsOf: URL(filePath: control.picture))
    guard image.width == size.width, image.height == size.height else {
      throw GenerateError.value(
        "control", expected: "a picture of \(size.width)x\(size.height), as is drawn",
        found: "\(image.width)x\(image.height)")
    }
    return ControlGuide(
      network: network, picture: ((image.tensor + 1) / 2).unsqueezed(0), scale: control.scale)
  }

  /// What the ControlNets of a drawing add at each step.
  ///
  /// - Parameters:
  ///   - guides: The ControlNets with their pictures.
  ///   - conditions: What the denoiser is told.
  /// - Returns: A function of the noisy latents and the timesteps; nothing where there are none.
  /// - Throws: `ConditionError` for a condition that a ControlNet needs or does not know.
  static func residuals(
    _ guides: [ControlGuide], _ conditions: UNetConditions
  ) throws -> (Tensor, Tensor) -> ControlResiduals? {
    let prompts = try guides.map {
      ($0, try $0.network.prompt(conditions, picture: $0.picture))
    }
    return { x, timesteps in
      let all = prompts.map { guide, prompt in
        guide.network(x, timestep: timesteps, prompt: prompt, scale: guide.scale)
      }
      return all.dropFirst().reduce(all.first) { sum, next in sum.map { $0 + next } }
    }
  }
}
