internal import Diffusion
internal import Evaluation
internal import Foundation
internal import Torch

/// The networks and the data of curves, read once.
struct CurveRun {
  private let request: Curve
  private let models: [(name: String, model: PictureDiffusion)]
  private let classifier: PictureClassifier
  private let guide: PictureClassifier?
  private let moments: FeatureMoments
  private let heldOut: PictureSet
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void

  /// The pictures that the network draws at once.
  private static let batch = 100
  /// The pictures of a point that are shown.
  private static let shown = 20

  init(
    _ request: Curve, until stop: StopSignal, report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.stop = stop
    self.report = report
    models = try request.models.map { ($0, try PictureDiffusion(folder: URL(filePath: $0))) }
    let classifier = try PictureClassifier(folder: URL(filePath: request.features))
    self.classifier = classifier
    guide = try request.guide.map { try PictureClassifier(folder: URL(filePath: $0)) }
    let side = classifier.description.side
    report(.note("reading the pictures of \(request.data)"))
    let training = try PictureSet(
      folder: URL(filePath: request.data), side: side, split: "train", styles: nil,
      colors: classifier.colors)
    guard let heldOut = try heldOutPictures(in: request.data, side: side, colors: classifier.colors)
    else { throw CurveError.nothingHeldOut(folder: request.data) }
    self.heldOut = heldOut
    moments = FeatureMoments(try training.inBatches { classifier.features($0) })
    try check()
  }

  /// Refuses networks that do not fit together.
  private func check() throws(CurveError) {
    if let process = classifier.description.process {
      throw .misfit(
        folder: request.features, what: "process", expected: "none, for clean pictures",
        found: "\(process)")
    }
    for (name, model) in models {
      func require(_ what: String, _ expected: some Equatable, _ found: some Equatable)
        throws(CurveError)
      {
        guard "\(expected)" == "\(found)" else {
          throw .misfit(folder: name, what: what, expected: "\(expected)", found: "\(found)")
        }
      }
      try require("side", classifier.description.side, model.description.side)
      try require("colors", classifier.colors, model.space.colors)
      guard model.description.classes <= classifier.classes else {
        throw .misfit(
          folder: name, what: "classes", expected: "at most \(classifier.classes)",
          found: "\(model.description.classes)")
      }
      guard !request.scales.isEmpty else { continue }
      try require("a class of no label", true, model.description.isGuidable)
      guard let guide else { continue }
      let process = guide.description.process.map { "\($0)" } ?? "none"
      try require("process", process, "\(model.description.process)")
      try require("pixels, not latents", true, model.space.autoencoder == nil)
    }
  }

  /// The points of all models, samplers, steps and scales.
  ///
  /// - Parameters:
  ///   - samplers: The samplers.
  ///   - show: Given the first pictures of each point.
  /// - Returns: The points.
  /// - Throws: What sampling throws, or a `CancellationError`.
  func points(
    of samplers: [CurveSampler], show: (Tensor) -> Void
  ) throws -> [CurveFigures.Point] {
    let scales = request.scales.isEmpty ? [nil] : request.scales.map(Double?.some)
    let count = models.count * samplers.count * request.steps.count * scales.count
    var progress = ProgressCounter("pictures", of: count * request.pictures, report: report)
    var points: [CurveFigures.Point] = []
    for (name, model) in models {
      for sampler in samplers {
        for steps in request.steps {
          for scale in scales {
            let drawing = Drawing(model: model, sampler: sampler, steps: steps, scale: scale)
            points.append(
              try point(drawing, of: name, show: show) { progress.add($0) })
          }
        }
      }
    }
    return points
  }

  /// What draws the pictures of a point.
  private struct Drawing {
    let model: PictureDiffusion
    let sampler: CurveSampler
    let steps: Int
    let scale: Double?
  }

  private func point(
    _ drawing: Drawing, of name: String, show: (Tensor) -> Void, done: (Int) -> Void
  ) throws -> CurveFigures.Point {
    let start = ContinuousClock.now
    let counter = EvaluationCounter()
    let classes = drawing.model.description.classes
    let labels = (0..<request.pictures).map { classes > 0 ? $0 % classes : nil }
    let parts = try stride(from: 0, to: labels.count, by: Self.batch).map { begin in
      let range = begin..<min(begin + Self.batch, labels.count)
      let pictures = try drawing.model.pictures(
        labels: Array(labels[range]), seed: request.seed &+ UInt64(begin),
        sampler: drawing.sampler.sampler, steps: drawing.steps, guidance: guidance(drawing),
        counter: begin == 0 ? counter : nil
      ) { _ in try stop.check() }
      done(range.count)
      return pictures
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    // As the bytes that a file would hold.
    let pictures = try checked {
      (((parts.concatenated() + 1) * 127.5).rounded().clamped(min: 0.0, max: 255.0)) / 127.5 - 1
    }
    show(pictures.narrowed(dim: 0, start: 0, length: min(Self.shown, labels.count)))
    let (frechet, told) = try measured(pictures)
    let right = zip(told, labels).count { $0 == $1 }
    return CurveFigures.Point(
      model: name, sampler: drawing.sampler.name, steps: drawing.steps, scale: drawing.scale,
      evaluations: counter.count, frechet: frechet,
      accuracy: classes > 0 ? Estimate(successes: right, of: labels.count) : nil,
      seconds: seconds)
  }

  private func guidance(_ drawing: Drawing) -> PictureGuidance {
    guard let scale = drawing.scale else { return .none }
    return guide.map { .classifier($0, scale) } ?? .classifierFree(scale)
  }

  /// The distance of pictures in [-1, 1], and the classes that they are taken for.
  private func measured(_ pictures: Tensor) throws -> (Estimate, [Int]) {
    let (features, told) = try checked {
      withoutGradients {
        (classifier.features(pictures), classifier.logits(pictures).argmax(dim: 1))
      }
    }
    return (try frechet(features), told.values(as: Int.self))
  }

  private func frechet(_ features: Tensor) throws -> Estimate {
    try FrechetDistance(features, from: moments)
      .estimate(resamples: request.resamples, using: Generator(seed: request.seed)) { _ in
        try stop.check()
      }
  }

  /// The distance of as many real held-out pictures, or of all there are.
  func real() throws -> Estimate {
    let features = try heldOut.inBatches { classifier.features($0) }
    let count = min(request.pictures, heldOut.records.count)
    return try frechet(features.narrowed(dim: 0, start: 0, length: count))
  }
}
