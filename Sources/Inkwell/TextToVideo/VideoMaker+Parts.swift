internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

extension VideoMaker {
  /// What becomes one clip of the model's length.
  struct Part {
    /// What is shown, if it is not what the request says.
    var prompt: String?
    /// Its number among those of the run, and how many there are, if they are made one by one.
    var place: (number: Int, count: Int)?
    /// The known frames by their numbers, each `[3, height, width]`.
    var known: [Int: Tensor] = [:]
    /// The frames to begin with, `[frames, 3, height, width]`, and how far to go from them.
    var start: (frames: Tensor, strength: Double)?
    /// The frames of which a part stays, `[frames, 3, height, width]`, and the mask of the latents
    /// that do not.
    var kept: (frames: Tensor, mask: Tensor)?

    /// A part of nothing that is known but its place and its prompt.
    init(prompt: String? = nil, place: (number: Int, count: Int)? = nil) {
      self.prompt = prompt
      self.place = place
    }

    /// A part that goes some way from other frames.
    init(start: (frames: Tensor, strength: Double)) { self.start = start }

    /// A part that begins and ends with pictures, one of them or both.
    init(first: Tensor?, last: Tensor?, at end: Int) {
      known[0] = first
      known[end] = last
    }
  }

  /// The clips of parts, each `[frames, 3, height, width]`; each next one has the next seed.
  func made(
    _ parts: [Part], _ onStep: (VideoStep) throws -> Void
  ) throws -> [Tensor] {
    try parts.enumerated().map { index, part in
      let (number, count) = part.place ?? (index, parts.count)
      let made = try model.frames(plan(part, number: number)) { step in
        try onStep(
          VideoStep(index: number * step.count + step.index, count: count * step.count))
      }
      // What was given stays as it was.
      let frames = (0..<length).map {
        part.known[$0] ?? made.selected(dim: 0, index: $0)
      }
      return frames.stacked()
    }
  }

  private func plan(_ part: Part, number: Int) throws -> TextToVideoModel.Plan {
    var plan = TextToVideoModel.Plan(
      prompt: part.prompt ?? request.prompt, known: try known(of: part),
      settings: request.options.over(model.about.settings),
      seed: request.seed &+ UInt64(number))
    plan.start = try part.start.map { (try model.latents(of: $0.frames), $0.strength) }
    plan.kept = try part.kept.map { (try model.latents(of: $0.frames), $0.mask) }
    return plan
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
  func filled(_ frames: Tensor) -> Tensor {
    let numbers = (0..<length).map { min($0, frames.shape[0] - 1) }
    return frames.indexSelected(dim: 0, Tensor(numbers))
  }

  /// A picture of a file at the model's size, `[3, height, width]`.
  func picture(_ file: String) throws -> Tensor {
    let image = try Image(contentsOf: URL(filePath: file))
    return try fitted(image.flattened(on: SpriteDrawing.ground)).tensor
  }

  /// Where the picture of a file is light: 1, else 0, `[1, 1, height, width]`.
  func mask(_ file: String) throws -> Tensor {
    let image = try Image(contentsOf: URL(filePath: file)).flattened(on: .black)
    let square = image.centeredInSquare(on: .black)
    let side = model.about.side
    let fitted = square.width == side ? square : try square.resized(width: side, height: side)
    let mask = try checked {
      fitted.tensor.mean(dims: [0], keepingDims: true).unsqueezed(0).greater(than: .real(0))
        .converted(to: .float32)
    }
    guard try checked({ mask.sum().item() }) > 0 else {
      throw GenerateError.value(
        "mask", expected: "a picture that is light where the clip is made anew",
        found: "none of it lighter than the middle grey: \(file)")
    }
    return mask
  }

  /// The frames of a file at the model's size, `[frames, 3, height, width]`, and their rate.
  func source(_ file: String) throws -> (frames: Tensor, rate: FrameRate) {
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
