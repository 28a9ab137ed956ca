internal import Checkpoints
internal import Foundation
internal import Models

extension MemoryNeeds {
  /// The sizes of the networks of a Stable Diffusion model.
  struct Networks {
    let text: [CLIPTextConfiguration]
    let unet: UNet2DConditionConfiguration
    let autoencoder: AutoencoderKLConfiguration
  }

  /// What a Stable Diffusion model needs.
  ///
  /// - Parameters:
  ///   - networks: The sizes.
  ///   - weights: The weights by the networks' folders.
  ///   - options: How pictures are drawn.
  ///   - size: The size that pictures are drawn at.
  /// - Throws: What is wrong with a ControlNet's files.
  init(
    _ networks: Networks, weights: [String: [WeightMemory.Weight]],
    options: Generate.Options, size: PictureSize
  ) throws {
    let reduction = networks.autoencoder.reduction
    let (height, width) = (size.height / reduction, size.width / reduction)
    let text = networks.text.reduce(0) { $0 + $1.workingNumbers }
    let seen = options.window ?? size
    let step = networks.unet.workingNumbers(
      height: min(seen.height / reduction, height), width: min(seen.width / reduction, width))
    let whole = networks.autoencoder.workingNumbers(height: height, width: width)
    // Strips are cut where edges do not meet.
    let strips = networks.autoencoder.workingNumbers(
      height: height, width: width,
      strip: options.tile == nil ? AutoencoderKL.standardStrip : nil)
    // A picture as numbers and as bytes, while it is converted and written.
    let picture = size.width * size.height * 3 * 16
    let isGuided = options.guidance ?? 2 != 1
    let controls = try (options.controls ?? []).map { control in
      try weightsFiles(in: URL(filePath: control.model, directoryHint: .isDirectory))
        .filter { $0.pathExtension != "json" }
        .flatMap { WeightMemory.Weight.all(of: try WeightsFile(contentsOf: $0)) }
    }
    let hasLoRAs = !(options.loras ?? []).isEmpty
    let encoders = weights.filter { $0.key.hasPrefix("text_encoder") }.flatMap(\.value)
    self.init(parts: [
      Part(weights: encoders, isChanged: hasLoRAs, working: { _, _ in 4 * text }),
      Part(
        weights: weights["unet"] ?? [], isChanged: hasLoRAs, kept: controls.flatMap { $0 },
        working: { pictures, _ in
          4 * pictures * (isGuided ? 2 : 1) * step * (controls.isEmpty ? 2 : 3) / 2
        }),
      Part(
        weights: weights["vae"] ?? [],
        working: { pictures, inStrips in
          4 * (inStrips ? strips : pictures * whole) + pictures * picture
        }),
    ])
  }
}
