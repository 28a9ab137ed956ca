internal import Diffusion
internal import Models
internal import Torch

extension PromptedModel {
  /// The network as it sees whole pictures, or windows of them.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - plan: The levels.
  ///   - extra: What the model sees beside the noisy latents.
  /// - Returns: What estimates clean latents.
  /// - Throws: What is wrong with the settings for this model.
  func network(
    _ batch: PromptedBatch<Prompt>, plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    guard let window = batch.drawing.window else {
      return try checked { try denoiser(batch, plan: plan, extra: extra) }
    }
    let unit = autoencoder.configuration.reduction
    let shape = latentShape(batch.drawing.size)
    let grid = WindowGrid(
      height: shape[1], width: shape[2], windowHeight: window.height / unit,
      windowWidth: window.width / unit)
    // Windows in which the network sees the same share one, unless it remembers what it saw.
    let isSame =
      extra == nil && batch.drawing.controls.isEmpty && batch.drawing.cache == nil
      && batch.drawing.images.allSatisfy { $0.mask == nil }
    let seen = isSame ? Array(grid.windows.prefix(1)) : grid.windows
    return Windowed(
      grid,
      try seen.map { window in
        var part = batch
        part.drawing = batch.drawing.cropped(to: window, unit: unit)
        return try checked { try denoiser(part, plan: plan, extra: extra.map(window.crop)) }
      })
  }
}

extension Drawing {
  /// The drawing of a window of the latents, which are so many times smaller than the picture.
  fileprivate func cropped(to window: WindowGrid.Window, unit: Int) -> Drawing {
    var part = self
    let pixels = window.enlarged(unit)
    part.size = PictureSize(width: pixels.width, height: pixels.height)
    part.controls = controls.map { guide in
      guide.with(picture: pixels.crop(of: guide.picture).contiguous())
    }
    part.images = images.map { image in
      var image = image
      image.mask = image.mask.map { pixels.crop(of: $0).contiguous() }
      return image
    }
    return part
  }
}

extension ControlGuide {
  /// The same network after another picture.
  func with(picture: Tensor) -> ControlGuide {
    var guide = self
    guide.picture = picture
    return guide
  }

  /// The picture at another size, by linear interpolation.
  func resized(to size: PictureSize) throws -> ControlGuide {
    with(
      picture: try checked {
        picture.upsampledBilinear2d(
          size: [size.height, size.width], alignCorners: false, scale: nil)
      })
  }
}
