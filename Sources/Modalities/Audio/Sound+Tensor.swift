public import Torch

extension Sound {
  /// The samples, `[channels, frames]`, float32.
  public var tensor: Tensor { Tensor(samples, shape: [channels, frames]) }

  /// A sound of a tensor's numbers, as they are.
  /// - Parameters:
  ///   - tensor: `[channels, frames]`, nominally in [-1, 1].
  ///   - sampleRate: Frames a second.
  /// - Throws: `SoundError` for another shape or numbers that are not finite.
  public init(tensor: Tensor, sampleRate: Int) throws {
    let sizes = tensor.shape.sizes
    guard sizes.count == 2 else {
      throw SoundError.library(
        source: "a tensor", reason: "expected shape [channels, frames], found \(sizes)")
    }
    try self.init(
      channels: sizes[0], sampleRate: sampleRate,
      samples: try checked { tensor.converted(to: .float32).values(as: Float.self) },
      source: "a tensor")
  }
}
