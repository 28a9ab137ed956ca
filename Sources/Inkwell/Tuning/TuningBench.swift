internal import Foundation
internal import Modalities

/// Draws the pictures of trials with a model that is read once, and compares them.
struct TuningBench<Source: PromptedModelSource> {
  private let drawing: Generate.Request
  private let source: KeptModel<Source>
  private let stop: StopSignal
  private let reference: [Image]
  /// Whether the model can merge tokens.
  let mergesTokens: Bool
  /// Whether the model can keep its deep blocks.
  let cachesDeep: Bool

  /// Draws the pictures of many steps.
  init(_ tune: Tune, _ source: Source, until stop: StopSignal) throws {
    drawing = tune.drawing
    self.source = KeptModel(source)
    self.stop = stop
    var options = tune.drawing.options
    (options.steps, options.sampler) = (tune.referenceSteps, tune.samplers.first)
    reference = try Self.drawn(drawing, options.withAllWork, by: self.source, stop).map(\.image)
    let model = try self.source.model(ModelAdditions(drawing))
    (mergesTokens, cachesDeep) = (model.mergesTokens, model.cachesDeep)
  }

  /// Draws the pictures with other settings.
  func trial(_ options: Generate.Options) throws -> Tuning.Trial {
    let made = try Self.drawn(drawing, options, by: source, stop)
    let errors = zip(made, reference).map { meanSquare($0.image.pixels, $1.pixels) }
    let mean = errors.reduce(0, +) / Double(errors.count)
    return Tuning.Trial(
      options: options, seconds: made.reduce(0) { $0 + $1.seconds } / Double(made.count),
      // Pictures that are equal differ by less than the rounding of a pixel.
      likeness: 10 * log10(255 * 255 / max(mean, 1e-3)))
  }

  private static func drawn(
    _ drawing: Generate.Request, _ options: Generate.Options, by source: KeptModel<Source>,
    _ stop: StopSignal
  ) throws -> [GeneratedImage] {
    let request = try Generate.Request(
      prompts: drawing.prompts, model: drawing.model, count: drawing.count, seed: drawing.seed,
      options: options)
    var made: [GeneratedImage] = []
    try make(request, with: source, batchSize: 1, until: stop) {
      if case .image(let image) = $0 { made.append(image) }
    }
    return made
  }
}

/// The mean square of the differences of two pictures' bytes.
private func meanSquare(_ a: [UInt8], _ b: [UInt8]) -> Double {
  precondition(a.count == b.count && !a.isEmpty, "pictures of one size")
  let sum = zip(a, b).reduce(0) { sum, pair in
    let difference = Int(pair.0) - Int(pair.1)
    return sum + difference * difference
  }
  return Double(sum) / Double(a.count)
}
