internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that makes the clip of one request.
struct VideoMaker {
  let model: TextToVideoModel
  /// What is asked for, with nothing left to the model.
  let request: GenerateVideo.Request

  /// What becomes one clip of the model's length.
  private struct Part {
    /// The known frames by their numbers, each `[3, height, width]`.
    var known: [Int: Tensor] = [:]
    /// The frames to begin with, `[frames, 3, height, width]`, and how far to go from them.
    var start: (frames: Tensor, strength: Double)?
  }

  private var length: Int { model.about.frames }
  private var group: Int { model.autoencoder.configuration.timeReduction }

  /// Makes the clip.
  ///
  /// - Parameter onStep: Called after every step; what it throws ends the run.
  /// - Returns: The clip.
  /// - Throws: What is wrong with a file, or what `onStep` throws.
  func clip(onStep: (VideoStep) throws -> Void) throws -> Clip {
    let rate = try FrameRate(model.about.frameRate)
    switch request.source {
    case .words:
      return try Clip(tensor: made([Part()], onStep)[0], frameRate: rate)
    case .ends(let first, let last):
      var part = Part()
      part.known[0] = try first.map { try picture($0) }
      part.known[length - 1] = try last.map { try picture($0) }
      return try Clip(tensor: made([part], onStep)[0], frameRate: rate)
    case .extend(let file, let backward):
      let (frames, rate) = try clip(file)
      return try Clip(
        tensor: extended(frames, backward: backward, onStep), frameRate: rate)
    case .remix(let file, let strength):
      let (frames, rate) = try clip(file)
      let part = Part(start: (filled(frames), strength))
      return try Clip(tensor: made([part], onStep)[0], frameRate: rate)
    case .between(let file):
      let (frames, rate) = try clip(file)
      return try Clip(
        tensor: interpolated(frames, onStep),
        frameRate: FrameRate(2 * rate.numerator, over: rate.denominator))
    }
  }

  /// A clip with frames before or after it that go with it, as many as half a clip of the model's.
  private func extended(
    _ frames: Tensor, backward: Bool, _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    // The beginning of a clip up to the middle latent frame, or what is there of it.
    let groups = min((model.latentFrames - 1) / 2, (frames.shape[0] - 1) / group)
    let count = 1 + groups * group
    let start = backward ? 0 : frames.shape[0] - count
    let offset = backward ? length - count : 0
    var part = Part()
    for index in 0..<count {
      part.known[offset + index] = frames.selected(dim: 0, index: start + index)
    }
    let made = try made([part], onStep)[0]
    return backward
      ? concatenate(made.narrowed(dim: 0, start: 0, length: offset), frames, dim: 0)
      : concatenate(
        frames, made.narrowed(dim: 0, start: count, length: length - count), dim: 0)
  }

  /// A clip with a frame between every two.
  private func interpolated(
    _ frames: Tensor, _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    guard group == 2, frames.shape[0] > 1 else {
      throw GenerateError.value(
        "between", expected: "a clip of two frames and more, and a model that pairs frames",
        found: "\(frames.shape[0]) frames and groups of \(group)")
    }
    let step = (length - 1) / 2
    let last = frames.shape[0] - 1
    let parts = stride(from: 0, to: last, by: step).map { begin in
      var part = Part()
      for index in 0...step {
        part.known[2 * index] = frames.selected(dim: 0, index: min(begin + index, last))
      }
      return part
    }
    let made = try made(parts, onStep)
    let pieces = made.enumerated().map { number, piece in
      number == 0 ? piece : piece.narrowed(dim: 0, start: 1, length: length - 1)
    }
    return pieces.concatenated(dim: 0).narrowed(dim: 0, start: 0, length: 2 * last + 1)
  }

  /// The clips of parts, each `[frames, 3, height, width]`; each next one has the next seed.
  private func made(
    _ parts: [Part], _ onStep: (VideoStep) throws -> Void
  ) throws -> [Tensor] {
    let settings = request.options.settings(over: model.about.settings)
    return try parts.enumerated().map { number, part in
      var plan = TextToVideoModel.Plan(
        prompt: request.prompt, known: try known(of: part), settings: settings,
        seed: request.seed &+ UInt64(number))
      plan.start = try part.start.map { (try model.latents(of: $0.frames), $0.strength) }
      let made = try model.frames(plan) { step in
        let count = step.count
        try onStep(
          VideoStep(index: number * count + step.index, count: parts.count * count))
      }
      // What was given stays as it was.
      let frames = (0..<length).map {
        part.known[$0] ?? made.selected(dim: 0, index: $0)
      }
      return frames.stacked()
    }
  }

  /// The latents of the last picture of each latent frame, where it is known.
  private func known(of part: Part) throws -> KnownFrames {
    guard !part.known.isEmpty else { return KnownFrames(noneOf: model.latentShape) }
    let places = stride(from: 0, to: length, by: group).map { part.known[$0] }
    let nothing = Tensor.zeros([1, 3, model.about.side, model.about.side])
    let latents = try places.map { picture in
      try model.latents(of: picture?.unsqueezed(0) ?? nothing)
    }
    return KnownFrames(latents.concatenated(dim: 2), known: [places.map { $0 != nil }])
  }

  /// As many frames as the model's clips have: the first, or the last again and again.
  private func filled(_ frames: Tensor) -> Tensor {
    let numbers = (0..<length).map { min($0, frames.shape[0] - 1) }
    return frames.indexSelected(dim: 0, Tensor(numbers))
  }

  /// A picture of a file at the model's size, `[3, height, width]`.
  private func picture(_ file: String) throws -> Tensor {
    let image = try Image(contentsOf: URL(filePath: file))
    return try fitted(image.flattened(on: SpriteDrawing.ground)).tensor
  }

  /// The frames of a file at the model's size, `[frames, 3, height, width]`, and their rate.
  private func clip(_ file: String) throws -> (frames: Tensor, rate: FrameRate) {
    let clip = try Clip(contentsOf: URL(filePath: file))
    let frames = try (0..<clip.count).map { try fitted(clip[$0]).tensor }
    return (frames.stacked(), clip.frameRate)
  }

  private func fitted(_ image: Image) throws -> Image {
    let side = model.about.side
    let square = image.centeredInSquare(on: SpriteDrawing.ground)
    return square.width == side ? square : try square.resized(width: side, height: side)
  }
}
