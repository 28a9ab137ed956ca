internal import Diffusion
internal import Evaluation
internal import Foundation
internal import Torch

/// The networks and the data of curves, read once.
struct CurveRun {
  private let request: Curve
  private let models: [(name: String, model: PixelModel)]
  private let classifier: PictureClassifier
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
    let guide = try request.guide.map { try PictureClassifier(folder: URL(filePath: $0)) }
    models = try request.models.map { ($0, try Self.model($0, guidedBy: guide)) }
    let classifier = try PictureClassifier(folder: URL(filePath: request.features))
    self.classifier = classifier
    let side = classifier.description.side
    report(.note("reading the pictures of \(request.data)"))
    let training = try PictureSet(
      folder: URL(filePath: request.data), side: side, split: "train", styles: nil,
      colors: classifier.colors)
    guard let heldOut = try heldOutPictures(in: request.data, side: side, colors: classifier.colors)
    else { throw CurveError.nothingHeldOut(folder: request.data) }
    self.heldOut = heldOut
    moments = FeatureMoments(
      try training.inBatches { request.comparison($0, classifier) })
    try check()
  }

  /// A model, with a classifier that was trained on the same noise if there is one.
  private static func model(
    _ name: String, guidedBy guide: PictureClassifier?
  ) throws -> PixelModel {
    let model = try PixelModel(folder: URL(filePath: name, directoryHint: .isDirectory))
    guard let guide else { return model }
    guard guide.description.process == model.scheduler.process else {
      throw CurveError.misfit(
        folder: name, what: "process",
        expected: guide.description.process.map { "\($0)" } ?? "none",
        found: "\(model.scheduler.process)")
    }
    guard model.autoencoder == nil, guide.description.patchSize == model.about.patchSize else {
      throw CurveError.misfit(
        folder: name, what: "what it draws",
        expected: "pixels in squares of \(guide.description.patchSize)",
        found: model.autoencoder == nil ? "squares of \(model.about.patchSize)" : "latents")
    }
    return try PixelModel(
      model.network, model.scheduler, about: model.about, classifier: guide.network, place: name)
  }

  /// Refuses networks that do not fit together.
  private func check() throws(CurveError) {
    if let process = classifier.description.process {
      throw .misfit(
        folder: request.features, what: "process", expected: "none, for clean pictures",
        found: "\(process)")
    }
    for (name, model) in models {
      for (what, expected, found) in [
        ("side", classifier.description.side, model.side),
        ("colors", classifier.colors, model.channels),
      ] where expected != found {
        throw .misfit(folder: name, what: what, expected: "\(expected)", found: "\(found)")
      }
      guard model.classes <= classifier.classes else {
        throw .misfit(
          folder: name, what: "classes", expected: "at most \(classifier.classes)",
          found: "\(model.classes)")
      }
      guard request.scales.isEmpty || model.unlabelled != nil else {
        throw .misfit(
          folder: name, what: "classes", expected: "one of no label, to be guided from",
          found: "none")
      }
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
    let model: PixelModel
    let sampler: CurveSampler
    let steps: Int
    let scale: Double?
  }

  private func point(
    _ drawing: Drawing, of name: String, show: (Tensor) -> Void, done: (Int) -> Void
  ) throws -> CurveFigures.Point {
    let start = ContinuousClock.now
    let classes = drawing.model.classes
    let labels = drawing.model.labels(request.pictures)
    let counter = EvaluationCounter()
    let parts = try stride(from: 0, to: labels.count, by: Self.batch).map { begin in
      let range = begin..<min(begin + Self.batch, labels.count)
      let pictures = try drawing.model.drawn(
        Array(labels[range]), seed: request.seed &+ UInt64(begin),
        by: PixelDrawing(
          sampler: drawing.sampler.sampler, steps: drawing.steps, settings: settings(drawing),
          counter: begin == 0 ? counter : nil)
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
    let (frechet, told) = try measured(pictures, classes: classes)
    let right = told.enumerated().count { classes > 0 && $0.element == $0.offset % classes }
    return CurveFigures.Point(
      model: name, sampler: drawing.sampler.name, steps: drawing.steps, scale: drawing.scale,
      evaluations: counter.count, frechet: frechet,
      accuracy: classes > 0 ? Estimate(successes: right, of: labels.count) : nil,
      seconds: seconds)
  }

  /// What guides: the scale is the network's own, or of a classifier without the network's labels.
  private func settings(_ drawing: Drawing) -> PixelSettings {
    guard let scale = drawing.scale else { return PixelSettings() }
    return request.guide == nil
      ? PixelSettings(guidance: scale) : PixelSettings(guidance: 0, classifierGuidance: scale)
  }

  /// The distance of pictures in [-1, 1], and the classes that they are taken for.
  ///
  /// The classes are drawn in turn, so that there are as many of each in every resample too.
  private func measured(_ pictures: Tensor, classes: Int) throws -> (Estimate, [Int]) {
    let (features, told) = try checked {
      withoutGradients {
        (
          request.comparison(pictures, classifier),
          classifier.logits(pictures).argmax(dim: 1)
        )
      }
    }
    let count = pictures.shape[0]
    let strata = (0..<max(classes, 1)).map {
      Array(stride(from: $0, to: count, by: max(classes, 1)))
    }
    return (try frechet(features, strata: strata), told.values(as: Int.self))
  }

  private func frechet(_ features: Tensor, strata: [[Int]]? = nil) throws -> Estimate {
    try FrechetDistance(features, from: moments).estimate(
      resamples: request.resamples, strata: strata, using: Generator(seed: request.seed)
    ) { _ in
      try stop.check()
    }
  }

  /// The distance of as many real held-out pictures, spread evenly over them, or of all there are.
  func real() throws -> Estimate {
    let features = try heldOut.inBatches { request.comparison($0, classifier) }
    let all = heldOut.records.count
    let count = min(request.pictures, all)
    return try frechet(
      try checked {
        features.indexSelected(dim: 0, Tensor((0..<count).map { $0 * all / count }))
      })
  }
}
