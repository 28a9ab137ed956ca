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

  /// The frames of the model's clips.
  var length: Int { model.about.frames }
  /// The frames of a latent frame, but for the first.
  var group: Int { model.autoencoder.configuration.timeReduction }

  /// Makes the clip.
  ///
  /// - Parameter onStep: Called after every step; what it throws ends the run.
  /// - Returns: The clip.
  /// - Throws: What is wrong with a file, or what `onStep` throws.
  func clip(onStep: (VideoStep) throws -> Void) throws -> Clip {
    var rate = try FrameRate(model.about.frameRate)
    /// The frames of a file, whose rate is the clip's.
    func read(_ file: String) throws -> Tensor {
      let source = try source(file)
      rate = source.rate
      return source.frames
    }
    let frames =
      switch request.source {
      case .words: try made([Part()], onStep)[0]
      case .ends(let first, let last):
        try made(
          [
            Part(
              first: first.map { try picture($0) }, last: last.map { try picture($0) },
              at: length - 1)
          ], onStep)[0]
      case .extend(let file, let backward):
        try extended(read(file), backward: backward, onStep)
      case .remix(let file, let strength):
        try made([Part(start: (filled(read(file)), strength))], onStep)[0]
      case .between(let file): try interpolated(read(file), onStep)
      case .blend(let first, let second):
        try blended(source(second).frames, after: read(first), onStep)
      case .region(let file, let mask): try redrawn(read(file), where: self.mask(mask), onStep)
      case .timeline(let beats): try told(beats, onStep)
      }
    if case .between = request.source {
      rate = try FrameRate(2 * rate.numerator, over: rate.denominator)
    }
    return try Clip(tensor: frames, frameRate: rate)
  }

  /// A clip with frames before or after it that go with it, as many as half a clip of the model's.
  private func extended(
    _ frames: Tensor, backward: Bool, _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    guard backward else { return try continued(frames, Part(), onStep) }
    let count = contextCount(of: frames)
    var part = Part()
    for index in 0..<count {
      part.known[length - count + index] = frames.selected(dim: 0, index: index)
    }
    let made = try made([part], onStep)[0]
    return concatenate(made.narrowed(dim: 0, start: 0, length: length - count), frames, dim: 0)
  }

  /// A clip with what comes after it, as a part that otherwise knows nothing of it says.
  private func continued(
    _ frames: Tensor, _ part: Part, _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    let count = contextCount(of: frames)
    var part = part
    for index in 0..<count {
      part.known[index] = frames.selected(dim: 0, index: frames.shape[0] - count + index)
    }
    let made = try made([part], onStep)[0]
    return concatenate(
      frames, made.narrowed(dim: 0, start: count, length: length - count), dim: 0)
  }

  /// How many frames of a clip are looked at where it goes on: up to the middle latent frame.
  private func contextCount(of frames: Tensor) -> Int {
    1 + min((model.latentFrames - 1) / 2, (frames.shape[0] - 1) / group) * group
  }

  /// The clip of a prompt that goes on with others, each from its time on, for half a clip of the
  /// model's after the last.
  private func told(
    _ beats: [GenerateVideo.Beat], _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    let rate = Double(model.about.frameRate)
    let starts = beats.map { Int(($0.seconds * rate).rounded(.up)) }
    let context = 1 + (model.latentFrames - 1) / 2 * group
    let needed = (starts.last ?? 0) + length - context
    let count = 1 + max(0, (needed - length + length - context - 1) / (length - context))
    var frames = try made([Part(place: (0, count))], onStep)[0]
    for number in 1..<count {
      let current = Array(zip(starts, beats)).last { $0.0 <= frames.shape[0] }?.1.prompt
      frames = try continued(frames, Part(prompt: current, place: (number, count)), onStep)
    }
    return frames
  }

  /// Two clips with frames between the last of one and the first of the other.
  private func blended(
    _ second: Tensor, after first: Tensor, _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    let part = Part(
      first: first.selected(dim: 0, index: first.shape[0] - 1),
      last: second.selected(dim: 0, index: 0), at: length - 1)
    let passage = try made([part], onStep)[0]
    return [first, passage.narrowed(dim: 0, start: 1, length: length - 2), second]
      .concatenated(dim: 0)
  }

  /// A clip of which a region is made anew, a clip of the model's after the other, each of which
  /// begins with the last frame of the one before; the mask, `[1, 1, height, width]`, is 1 there.
  private func redrawn(
    _ frames: Tensor, where mask: Tensor, _ onStep: (VideoStep) throws -> Void
  ) throws -> Tensor {
    let all = frames.shape[0]
    let starts = Array(stride(from: 0, to: max(all - 1, 1), by: length - 1))
    let unit = model.autoencoder.configuration.reduction
    // A latent that sees any of what is new is made anew.
    let latentMask = mask.reshaped(1, 1, mask.shape[2] / unit, unit, mask.shape[3] / unit, unit)
      .maximum(dims: [3, 5]).unsqueezed(2)
    var pieces: [Tensor] = []
    for (number, start) in starts.enumerated() {
      let numbers = (0..<length).map { min(start + $0, all - 1) }
      let window = frames.indexSelected(dim: 0, Tensor(numbers))
      var part = Part(place: (number, starts.count))
      part.kept = (window, latentMask)
      if let last = pieces.last { part.known[0] = last.selected(dim: 0, index: -1) }
      let piece = mask * (try made([part], onStep)[0]) + (1 - mask) * window
      let new = min(length, all - start)
      pieces.append(
        number == 0
          ? piece.narrowed(dim: 0, start: 0, length: new)
          : piece.narrowed(dim: 0, start: 1, length: new - 1))
    }
    return pieces.concatenated(dim: 0)
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
}
