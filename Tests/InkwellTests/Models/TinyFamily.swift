import Foundation
import TestSupport
import Torch

@testable import Checkpoints
@testable import Models

/// A family laid out as Stable Diffusion XL, with few channels, and files of it.
enum TinyFamily {
  static let family = StableDiffusionFamily(
    name: "tiny", title: "Tiny Diffusion",
    unet: UNetOutline(
      channels: [8, 32], depths: [0, 2], middleDepth: 1, contextWidth: 32, layers: 1,
      labels: .vector(12)),
    autoencoder: AutoencoderOutline(channels: [8, 16], layers: 1),
    textEncoders: [
      encoder(
        "text_encoder", TextEncoderOutline(width: 8, layers: 1, vocabulary: 20),
        PartLayout("conditioner.embedders.0.transformer", TextEncoderOutline.clipMap())),
      encoder("text_encoder_2", second, PartLayout("conditioner.embedders.1.model", openCLIP)),
    ])

  private static let second = TextEncoderOutline(
    width: 32, layers: 2, vocabulary: 20, hasProjection: true)
  private static let openCLIP = second.openCLIPMap()

  private static func encoder(
    _ folder: String, _ outline: TextEncoderOutline, _ layout: PartLayout
  ) -> StableDiffusionFamily.TextEncoder {
    StableDiffusionFamily.TextEncoder(folder: folder, outline: outline, layouts: [layout])
  }

  /// All weights by diffusers' names, below their folders.
  static let weights: [String: Tensor] = {
    let generator = Generator(seed: 5)
    var weights: [String: Tensor] = [:]
    for part in family.parts {
      for (name, shape) in part.weights.sorted(by: { $0.key < $1.key }) {
        weights["\(part.folder).\(name)"] = generator.normal(shape).converted(to: .float16)
      }
    }
    return weights
  }()

  /// All weights by the original's names.
  static func original() throws -> [String: Tensor] {
    var map: KeyMap = [:]
    for part in family.parts {
      map = map + part.layouts[0].map.placed(part.layouts[0].place, part.folder)
    }
    let tensors = try map.inverse.convert(weights.mapValues { $0.shape.sizes })
    return try Dictionary(
      uniqueKeysWithValues: tensors.map { tensor in
        (tensor.name, try tensor { weights[$0, default: Tensor.zeros([])] })
      })
  }

  /// Writes a single file with the original's names, and what training leaves in it.
  static func write(to url: URL, changing change: (inout [String: Tensor]) -> Void = { _ in })
    throws
  {
    var tensors = try original()
    tensors["model_ema.decay"] = Tensor([Float(1)])
    tensors["conditioner.embedders.1.model.logit_scale"] = Tensor.zeros([])
    change(&tensors)
    try Safetensors.write(
      tensors.map { Safetensors.Draft($0.key, $0.value) },
      metadata: ["modelspec.title": "a tiny model"], to: url)
  }
}
