internal import Checkpoints
internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that makes the sounds of one request.
struct MusicMaker {
  private let request: Music.Request
  private let model: TextToSoundModel
  private let name: String
  private let settings: SamplingSettings
  private let source: Sound?
  /// The SHA-256 of the sound that is begun with.
  let sourceHash: String?

  /// How much of a window is heard before what is made after it, as a share.
  private static let context = 0.5
  /// Where kept and new samples are joined, they are mixed for so many seconds.
  private static let fade = 0.016

  /// Reads the model, and the sound that is begun with.
  init(_ request: Music.Request, of folder: SoundModelFolder) throws {
    self.request = request
    name = request.model
    let model = try TextToSoundModel(folder)
    self.model = model
    settings = request.options.over(folder.index.about.settings)
    let channels = model.autoencoder.configuration.audioChannels
    let file = request.start.map { URL(filePath: $0.file) }
    source = try file.map {
      try Sound(contentsOf: $0).mixed(toChannels: channels).resampled(to: model.sampleRate)
    }
    sourceHash = try file.map { try FileHash.sha256(of: $0) }
    try checkSource()
  }

  private func checkSource() throws {
    guard let source, let start = request.start else { return }
    let longest = model.longest
    switch start {
    case .widening(_, let cutoff) where cutoff >= Double(model.sampleRate) / 2:
      throw GenerateError.value(
        "above", expected: "a frequency below \(model.sampleRate / 2) Hz, the model's highest",
        found: "\(cutoff)")
    case .changing, .widening, .cleaning:
      guard source.frames <= model.frames else {
        throw GenerateError.value(
          "from", expected: "a sound of at most \(longest) seconds",
          found: "one of \(rounded(source.seconds)): \(start.file)")
      }
    case .inpainting(_, let from, let to):
      guard to <= source.seconds else {
        throw GenerateError.value(
          "span", expected: "times in a sound of \(rounded(source.seconds)) seconds",
          found: "\(from)-\(to)")
      }
      guard to - from <= longest * (1 - Self.context / 2) else {
        throw GenerateError.value(
          "span", expected: "at most \(rounded(longest * (1 - Self.context / 2))) seconds",
          found: "\(rounded(to - from))")
      }
    case .following:
      guard model.followsMelodies else {
        throw GenerateError.value(
          "melody", expected: "a model that was trained to follow melodies", found: name)
      }
      guard source.seconds <= Music.Request.longest else {
        throw GenerateError.value(
          "melody", expected: "a sound of at most \(Music.Request.longest) seconds",
          found: "one of \(rounded(source.seconds)): \(start.file)")
      }
    case .continuing: return
    }
  }

  private func rounded(_ seconds: Double) -> String { String(format: "%.3f", seconds) }

  /// The steps of one sound, as they are reported.
  var stepCount: Int {
    switch request.start {
    case nil: windows(of: frames(request.seconds ?? model.longest) - model.frames) * steps + steps
    case .following: windows(of: (source?.frames ?? 0) - model.frames) * steps + steps
    case .changing(_, let strength): Int(Double(settings.steps) * strength)
    case .inpainting, .widening, .cleaning: steps
    case .continuing: windows(of: frames(request.seconds ?? defaultAddition)) * steps
    }
  }

  private var steps: Int { settings.steps }

  private var defaultAddition: Double { model.longest * (1 - Self.context) }

  private func frames(_ seconds: Double) -> Int {
    max(Int((seconds * Double(model.sampleRate)).rounded()), 1)
  }

  /// How many windows it takes to add so many frames.
  private func windows(of added: Int) -> Int {
    added <= 0 ? 0 : (added + fresh - 1) / fresh
  }

  /// The frames of a window that are new where a sound goes on.
  private var fresh: Int { model.frames - contextFrames }

  private var contextFrames: Int {
    let unit = model.autoencoder.configuration.reduction
    return Int(Double(model.length) * Self.context) * unit
  }

  /// The request for one of the sounds, with nothing left to the model.
  func request(of index: Int) throws -> Music.Request {
    try Music.Request(
      model: name, prompts: [request.subject(of: index)], seed: request.seed(of: index),
      seconds: request.seconds, start: request.start,
      options: SamplingOptions(settings))
  }

  /// Makes a sound.
  ///
  /// - Parameters:
  ///   - index: Its place among those of the request.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The sound.
  /// - Throws: What sampling throws.
  func sound(_ index: Int, onStep: () throws -> Void) throws -> Sound {
    var drawing = TextToSoundModel.Drawing(
      prompt: request.subject(of: index), seed: request.seed(of: index), settings: settings)
    guard let source, let start = request.start else {
      return try whole(request.seconds ?? model.longest, drawing, onStep)
    }
    switch start {
    case .following: return try whole(source.seconds, following: source, drawing, onStep)
    case .changing(_, let strength):
      drawing.seconds = source.seconds
      drawing.start = .latents(try model.latents(of: source), strength: strength)
      return try model.sound(
        model.latents(drawing) { _ in try onStep() }, seconds: source.seconds)
    case .continuing(_, let side):
      let added = frames(request.seconds ?? defaultAddition)
      return try extended(source, by: added, side, drawing, onStep)
    case .inpainting(_, let from, let to):
      return try inpainted(source, frames(from)..<frames(to), drawing, onStep)
    case .widening(_, let cutoff):
      return try widened(source, above: cutoff, drawing, onStep)
    case .cleaning(_, let ratio):
      let known = try source.part(0..<model.frames).tensor.unsqueezed(0)
      drawing.seconds = source.seconds
      drawing.start = .measured(
        LinearMeasurement(known, by: WholeOperator(), sigma: pow(10, -ratio / 20)))
      return try model.sound(
        model.latents(drawing) { _ in try onStep() }, seconds: source.seconds)
    }
  }

  /// A new sound of so many seconds; of its melody, if it has one, each window hears its part.
  private func whole(
    _ wanted: Double, following melody: Sound? = nil, _ drawing: TextToSoundModel.Drawing,
    _ onStep: () throws -> Void
  ) throws -> Sound {
    var drawing = drawing
    let seconds = min(wanted, model.longest)
    drawing.seconds = seconds
    drawing.melody = try melody.map { try model.latents(of: $0) }
    let first = try model.sound(
      model.latents(drawing) { _ in try onStep() }, seconds: seconds)
    let missing = frames(wanted) - first.frames
    guard missing > 0 else { return first }
    return try extended(first, by: missing, .right, following: melody, drawing, onStep)
  }

  /// The sound with what may have been above a frequency; below it stays as it is.
  private func widened(
    _ sound: Sound, above cutoff: Double, _ drawing: TextToSoundModel.Drawing,
    _ onStep: () throws -> Void
  ) throws -> Sound {
    let known = try sound.part(0..<model.frames).tensor.unsqueezed(0)
    var drawing = drawing
    drawing.seconds = sound.seconds
    drawing.start = .measured(model.bands(of: known, below: cutoff))
    let made = try model.sound(
      model.latents(drawing) { _ in try onStep() }, seconds: model.longest)
    let samples = try checked {
      model.bands(of: known, below: cutoff).replaced(in: made.tensor.unsqueezed(0))
        .selected(dim: 0, index: 0)
    }
    return try Sound(tensor: samples, sampleRate: model.sampleRate).part(0..<sound.frames)
      .withinFullScale()
  }

  /// The sound with more of it on a side, a window after the other.
  private func extended(
    _ sound: Sound, by added: Int, _ side: Music.Start.Side, following melody: Sound? = nil,
    _ drawing: TextToSoundModel.Drawing, _ onStep: () throws -> Void
  ) throws -> Sound {
    var (result, left) = (sound, added)
    var drawing = drawing
    for window in 0..<windows(of: added) {
      let known = min(result.frames, contextFrames)
      let new = min(left, fresh)
      // A seed for each window, so that the second does not repeat the first.
      drawing.seed = drawing.seed &+ (window == 0 ? 0 : 1 << 32)
      let (place, isNew) =
        side == .right
        ? (result.frames - known, known..<known + new)
        : (-(model.frames - known), model.frames - known - new..<model.frames - known)
      drawing.melody = try melody.map {
        try model.latents(of: $0.part(place..<place + model.frames))
      }
      let made = try regenerated(result, window: place, isNew, drawing, onStep)
      let length = result.frames + new
      let shift = side == .right ? 0 : new
      result = try joined(
        made, at: place + shift, over: result, at: shift,
        isNew: place + shift + isNew.lowerBound..<place + shift + isNew.upperBound, length: length)
      left -= new
    }
    return result
  }

  /// The sound with a part of it made anew.
  private func inpainted(
    _ sound: Sound, _ span: Range<Int>, _ drawing: TextToSoundModel.Drawing,
    _ onStep: () throws -> Void
  ) throws -> Sound {
    let middle = (span.lowerBound + span.upperBound - model.frames) / 2
    let place = max(min(middle, sound.frames - model.frames), 0)
    var drawing = drawing
    drawing.seconds = min(sound.seconds, model.longest)
    let made = try regenerated(
      sound, window: place, span.lowerBound - place..<span.upperBound - place, drawing, onStep)
    return try joined(
      made, at: place, over: sound, at: 0, isNew: span, length: sound.frames)
  }

  /// A window of a sound of which a part is made anew, in frames of the window.
  private func regenerated(
    _ sound: Sound, window place: Int, _ isNew: Range<Int>, _ drawing: TextToSoundModel.Drawing,
    _ onStep: () throws -> Void
  ) throws -> Sound {
    let known = try model.latents(of: sound.part(place..<place + model.frames))
    let unit = model.autoencoder.configuration.reduction
    // A latent that hears any of what is new is made anew.
    let mask = (0..<model.length).map { index in
      Float(isNew.overlaps(index * unit..<(index + 1) * unit) ? 1 : 0)
    }
    var drawing = drawing
    drawing.start = .keeping(known, mask: Tensor(mask, shape: [1, 1, model.length]))
    return try model.sound(
      model.latents(drawing) { _ in try onStep() }, seconds: model.longest)
  }

  /// Samples that are kept and samples that are new, mixed for a moment where they meet.
  private func joined(
    _ made: Sound, at place: Int, over sound: Sound, at shift: Int, isNew: Range<Int>, length: Int
  ) throws -> Sound {
    let fade = Double(frames(Self.fade))
    let (new, old) = (
      try made.part(-place..<length - place), try sound.part(-shift..<length - shift)
    )
    var samples = old.samples
    for channel in 0..<old.channels {
      for frame in isNew {
        let inside = min(
          isNew.lowerBound == 0 ? fade : Double(frame - isNew.lowerBound),
          isNew.upperBound == length ? fade : Double(isNew.upperBound - 1 - frame))
        let share = Float(min(inside / fade, 1))
        let index = channel * length + frame
        let isKept = (shift..<shift + sound.frames).contains(frame)
        let before = isKept ? old.samples[index] : new.samples[index]
        samples[index] = share * new.samples[index] + (1 - share) * before
      }
    }
    return try Sound(channels: old.channels, sampleRate: old.sampleRate, samples: samples)
      .withinFullScale()
  }
}
