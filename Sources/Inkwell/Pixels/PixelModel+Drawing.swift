internal import Diffusion
internal import Models
internal import Torch

/// How the pictures of a pixel model are drawn.
struct PixelDrawing {
  /// How it goes through the levels.
  var sampler: any Sampler
  /// The number of steps.
  var steps: Int
  /// What guides.
  var settings = PixelSettings()
  /// Counts how often the denoiser is asked, if that is wanted.
  var counter: EvaluationCounter?
}

/// How often a denoiser was asked.
final class EvaluationCounter {
  var count = 0
}

extension PixelModel {
  /// Draws pictures, each by the noise of its own seed.
  ///
  /// - Parameters:
  ///   - labels: What to draw.
  ///   - seed: The seed of the first picture; the others' follow.
  ///   - drawing: How.
  ///   - onStep: Called after every step; what it throws ends the drawing.
  /// - Returns: `[labels.count, channels, side, side]`, about in [-1, 1].
  /// - Throws: `SamplingError`, `ScheduleError`, ``SampleError`` for guidance that the model has
  ///   not, or a `TorchError`.
  func drawn(
    _ labels: [PixelLabel], seed: UInt64, by drawing: PixelDrawing,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    let schedule = try scheduler.process.schedule()
    let levels = try schedule.levels(drawing.steps)
    let noise = NoiseSource(seeds: labels.indices.map { seed &+ UInt64($0) })
    let start = noise.normal(sampleShape) * schedule.path.priorScale(at: levels[0])
    let guided = try checked { try denoiser(labels, over: schedule, drawing.settings) }
    let samples = try drawing.sampler.sample(
      start, over: levels, denoiser: counted(guided, drawing.counter), noise: noise,
      onStep: onStep)
    return try checked { withoutGradients { PictureSpace(self).decoded(samples) } }
  }

  private func counted(_ base: some Denoiser, _ counter: EvaluationCounter?) -> any Denoiser {
    guard let counter else { return base }
    return CountedDenoiser(base: base, counter: counter)
  }

  /// The labels of so many pictures: the classes in turn, or nothing.
  func labels(_ count: Int) -> [PixelLabel] {
    (0..<count).map { classes > 0 ? .number(of: $0 % classes) : .none }
  }

  /// The number of classes; 0 where the model draws nothing in particular.
  var classes: Int {
    if case .classes(let names) = about.labels { names.count } else { 0 }
  }
}

extension PictureSpace {
  /// Where a model works.
  init(_ model: PixelModel) {
    self.init(
      colors: model.channels, patchSize: model.about.patchSize, autoencoder: model.autoencoder)
  }
}

private struct CountedDenoiser<Base: Denoiser>: Denoiser {
  let base: Base
  let counter: EvaluationCounter

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    counter.count += 1
    return try base.estimate(x, at: level)
  }
}
