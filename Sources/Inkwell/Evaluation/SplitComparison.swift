internal import Evaluation
internal import Foundation
internal import Torch

/// Compares held-out pictures and the model's own with the training pictures.
struct SplitComparison {
  let trainingFeatures: Tensor
  let trainingPictures: Tensor
  let moments: FeatureMoments
  let kernel: KernelDistance
  let pictureText: PictureTextModel
  let request: Evaluate
  let report: (EvaluationReport) -> Void
  /// Whether captions name styles.
  private let namesStyles: Bool

  init(
    _ run: EvaluationRun, trainingFeatures: Tensor, pictureText: PictureTextModel
  ) throws {
    self.trainingFeatures = trainingFeatures
    self.pictureText = pictureText
    trainingPictures = run.training.pictures
    moments = try checked { FeatureMoments(trainingFeatures) }
    kernel = try KernelDistance(from: trainingFeatures)
    request = run.request
    report = run.features.report
    namesStyles = !run.model.isOfPairs
  }

  /// The figures of a split.
  func figures(_ set: HeldOut) throws -> SplitFigures {
    SplitFigures(
      pictures: set.records.count,
      frechet: SplitFigures.Pair(
        generated: try frechet(set.generatedFeatures, "pictures for \(set.split)"),
        real: try frechet(set.realFeatures, set.split)),
      kernel: SplitFigures.Pair(
        generated: try kernel(set.generatedFeatures), real: try kernel(set.realFeatures)),
      manifold: SplitFigures.Pair(
        generated: try manifold(set.generatedFeatures), real: try manifold(set.realFeatures)),
      retrieval: SplitFigures.Pair(
        generated: try retrieval(set, set.generatedFeatures),
        real: try retrieval(set, set.realFeatures)),
      featureCopies: CopyFigures(
        generated: try nearestByFeatures(set.generatedFeatures).nearest,
        real: try nearestByFeatures(set.realFeatures).nearest),
      pixelCopies: CopyFigures(
        generated: pixelDistances(try nearestByPixels(set.generated)),
        real: pixelDistances(try nearestByPixels(set.real))))
  }

  /// The training pictures nearest to some, by features.
  func nearestByFeatures(_ features: Tensor) throws -> Neighbours {
    try nearestNeighbours(of: features, among: trainingFeatures)
  }

  /// The training pictures nearest to some, by pixels.
  func nearestByPixels(_ pictures: Tensor) throws -> Neighbours {
    try nearestNeighbours(
      of: pictures.flattened(from: 1), among: trainingPictures.flattened(from: 1))
  }

  /// Distances as root-mean-square differences of a colour, in [0, 1].
  func pixelDistances(_ neighbours: Neighbours) -> [Double] {
    let numbers = Double(trainingPictures.flattened(from: 1).shape[1])
    return neighbours.nearest.map { $0 / (255 * numbers.squareRoot()) }
  }

  private func frechet(_ features: Tensor, _ name: String) throws -> Estimate {
    var progress = ProgressCounter(
      "resamples of \(name)", of: request.resamples, report: report)
    return try FrechetDistance(features, from: moments)
      .estimate(resamples: request.resamples, using: Generator(seed: request.seed)) { _ in
        progress.add(1)
      }
  }

  /// Beside as many training pictures, drawn at random.
  private func manifold(_ features: Tensor) throws -> PrecisionRecall {
    let drawn = try checked {
      let order = Generator(seed: request.seed).permutation(trainingFeatures.shape[0])
      let count = min(features.shape[0], trainingFeatures.shape[0])
      return trainingFeatures.indexSelected(
        dim: 0, order.narrowed(dim: 0, start: 0, length: count))
    }
    return try PrecisionRecall(generated: features, real: drawn)
  }

  private func retrieval(_ set: HeldOut, _ features: Tensor) throws -> Retrieval {
    let scores = try checked {
      withoutGradients {
        pictureText.likeness(captions: set.captionFeatures, pictures: features)
      }
    }
    return try Retrieval(
      scores: scores, kinds: set.kinds(withStyles: namesStyles),
      using: Generator(seed: request.seed))
  }
}
