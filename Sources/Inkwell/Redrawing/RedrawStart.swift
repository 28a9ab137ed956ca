internal import Foundation
internal import Modalities
internal import Torch

/// What a run begins with instead of noise alone.
struct RedrawStart: Sendable {
  /// The picture.
  var picture: Image
  /// White for what is drawn anew, black for what is kept; all is drawn anew if not given.
  var mask: Image?
  /// The share of the run's steps that are made, in (0, 1].
  let strength: Double
  /// Whether grey parts of the mask are blended, or count as black or white.
  var isSoft = false
  /// Whether the picture's own pixels are put back where the mask is black.
  var pastes = false
  /// Whether the mask says in which share of the steps each place is drawn freely, so that it is
  /// released from the picture then.
  var isReleased = false

  /// The picture's size.
  var size: PictureSize { PictureSize(width: picture.width, height: picture.height) }

  /// The same at another size, by Lanczos' kernel.
  func resized(to size: PictureSize) throws -> RedrawStart {
    var resized = self
    resized.picture = try picture.resized(width: size.width, height: size.height)
    resized.mask = try mask?.resized(width: size.width, height: size.height)
    return resized
  }

  /// The picture, `[1, 3, height, width]`, in [-1, 1].
  var pixels: Tensor { picture.tensor.unsqueezed(0) }

  /// The mask, `[1, 1, height, width]`: 1 for what is drawn anew, 0 for what is kept.
  ///
  /// Its grey is that of ITU-R 601-2, as Pillow has it.
  var maskPixels: Tensor? {
    mask.map { mask in
      let weights = Tensor([0.299, 0.587, 0.114] as [Float], shape: [3, 1, 1])
      let grey = ((mask.tensor + 1) / 2 * weights).sum(dims: [0], keepingDims: true).unsqueezed(0)
      return isSoft ? grey : grey.greaterOrEqual(to: 0.5).converted(to: .float32)
    }
  }

  /// The mask for latents that are so many times smaller, `[1, 1, height, width]`.
  ///
  /// A hard mask is that of the upper left pixel of each square, as in diffusers; a soft one is the
  /// mean of the square.
  func latentMask(reduction: Int) -> Tensor? {
    maskPixels.map { pixels in
      let (height, width) = (pixels.shape[2] / reduction, pixels.shape[3] / reduction)
      let squares = pixels.reshaped(1, 1, height, reduction, width, reduction)
      guard !isSoft else { return squares.mean(dims: [3, 5]) }
      return squares.selected(dim: 5, index: 0).selected(dim: 3, index: 0)
    }
  }

  /// A picture that was made, with this one's own pixels where the mask keeps them.
  func pasted(under image: Image) throws -> Image {
    guard pastes, let mask = maskPixels?.squeezed(0) else { return image }
    return try Image(tensor: (1 - mask) * picture.tensor + mask * image.tensor)
  }
}
