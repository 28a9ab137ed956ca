package import Torch

/// What is known of a clip before it is made: pictures at some of its latent frames.
///
/// A transformer that takes them has two more inputs for each place, behind the noisy latents: 1
/// where a picture is known, and the picture's latents, 0 where none is (Wan 2.1, section 5.1).
/// A latent frame is known by the last of its frames, encoded as a clip of its own.
package struct KnownFrames: Sendable {
  /// 1 for latent frames that are known and 0 for others, `[batch, 1, frames, 1, 1]`.
  private let mask: Tensor
  /// The scaled latents of pictures, `[batch, channels, frames, rows, columns]`.
  private let latents: Tensor

  /// Names the latent frames that are known.
  ///
  /// - Parameters:
  ///   - latents: The scaled latents of a picture at each latent frame, `[batch, channels, frames,
  ///     rows, columns]`; what they are where none is known does not matter.
  ///   - known: For each clip, which of the latent frames are known.
  package init(_ latents: Tensor, known: [[Bool]]) {
    let numbers = known.flatMap { $0.map { Float($0 ? 1 : 0) } }
    mask = Tensor(numbers, shape: [known.count, 1, latents.shape[2], 1, 1])
    self.latents = latents * mask
  }

  /// Nothing is known of clips.
  ///
  /// - Parameter shape: `[batch, channels, frames, rows, columns]`.
  package init(noneOf shape: [Int]) {
    mask = .zeros([shape[0], 1, shape[2], 1, 1])
    latents = .zeros(shape)
  }

  /// Noisy latents with what is known behind their channels.
  ///
  /// - Parameter x: `[batch, channels, frames, rows, columns]`; the batch may be a multiple of
  ///   the one that is known.
  /// - Returns: `[batch, 2 · channels + 1, frames, rows, columns]`.
  package func behind(_ x: Tensor) -> Tensor {
    let copies = x.shape[0] / latents.shape[0]
    let all = [
      mask.expanded(-1, -1, -1, latents.shape[3], latents.shape[4]), latents,
    ].concatenated(dim: 1).converted(to: x.dtype)
    return concatenate(
      x, copies == 1 ? all : [Tensor](repeating: all, count: copies).concatenated(dim: 0), dim: 1)
  }

  /// Which latent frames of a clip a training shows, so that it learns all tasks.
  ///
  /// Nothing in two of five clips, the first frame in one; else the last, both ends, a beginning,
  /// an end, or every other frame, each as often.
  ///
  /// - Parameters:
  ///   - frames: The number of latent frames.
  ///   - draws: Two numbers in [0, 1).
  /// - Returns: Whether each is known.
  static func drawn(of frames: Int, _ draws: (Double, Double)) -> [Bool] {
    let (kind, part) = draws
    let length = 1 + min(Int(part * Double(frames - 1)), frames - 2)
    let isKnown: (Int) -> Bool =
      switch Int(kind * 25) {
      case 0..<10: { _ in false }
      case 10..<15: { $0 == 0 }
      case 15..<17: { $0 == frames - 1 }
      case 17..<19: { $0 == 0 || $0 == frames - 1 }
      case 19..<21: { $0 < length }
      case 21..<23: { $0 >= frames - length }
      default: { $0 % 2 == 0 }
      }
    return (0..<frames).map(isKnown)
  }
}
