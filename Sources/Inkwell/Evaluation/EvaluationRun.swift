internal import Checkpoints
internal import Diffusion
internal import Evaluation
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch
internal import Training

/// What an evaluation compares: a model, the pictures that it learnt from, and others.
struct EvaluationRun {
  /// The splits that are held out, and what their names mean.
  static let splits = ["heldout-pair", "heldout-base"]

  let request: Evaluate
  let model: EvaluatedModel
  let features: FeatureMaker
  let training: PictureSet
  /// The pictures of each split that were not trained on.
  let heldOut: [(split: String, set: PictureSet)]
  let styles: [String]?

  /// Reads the training pictures.
  init(
    _ request: Evaluate, _ model: EvaluatedModel, network: EvaluationNetwork, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.model = model
    report(.note("reading the pictures of \(request.data)"))
    let styles = request.styles ?? (model.styles.isEmpty ? nil : model.styles)
    self.styles = styles
    training = try PictureSet(
      folder: URL(filePath: request.data), side: model.nativeSide, split: "train", styles: styles)
    heldOut = try Self.splits.compactMap { split in
      try Self.heldOut(split, request, side: model.nativeSide, styles: styles)
    }
    for broken in training.broken + heldOut.flatMap(\.set.broken) { report(.note("\(broken)")) }
    guard !heldOut.isEmpty else {
      throw EvaluationError.nothingHeldOut(folder: request.data, splits: Self.splits)
    }
    features = FeatureMaker(
      network: network, textEncoder: model.textEncoder.encoder,
      textIdentity: model.textEncoder.identity, cache: request.cacheFolder, stop: stop,
      report: report)
  }

  /// The pictures of a split, or nothing where there are none.
  private static func heldOut(
    _ split: String, _ request: Evaluate, side: Int, styles: [String]?
  ) throws -> (split: String, set: PictureSet)? {
    do {
      let set = try PictureSet(
        folder: URL(filePath: request.data), side: side, split: split, styles: styles)
      guard set.records.count >= fewest else {
        throw EvaluationError.tooFew(split: split, expected: fewest, found: set.records.count)
      }
      return (split, set)
    } catch is TrainingDataError {
      return nil
    }
  }

  /// What names the training pictures.
  var dataIdentity: [String] {
    [training.hash, "\(model.nativeSide)", styles.map { "\($0)" } ?? "all styles"]
  }

  /// The settings that pictures are made with.
  var settings: SamplingSettings { model.settings }

  var subject: EvaluationFigures.Subject {
    EvaluationFigures.Subject(
      model: model.name, files: model.hashes, settings: settings, seed: request.seed,
      data: training.hash, styles: styles, trainingPictures: training.records.count,
      features: EvaluationNetwork.package.label)
  }

  /// The features of the training pictures, `[count, channels]`.
  func trainingFeatures() throws -> Tensor {
    try features.features(ofPictures: training.pictures, "train", identity: dataIdentity)
  }

  /// The model that says which caption fits which picture, trained on the training pictures.
  func pictureTextModel(_ trainingFeatures: Tensor) throws -> PictureTextModel {
    var numbers: [String: Int] = [:]
    var captions: [String] = []
    let captionsOfPicture = training.records.indices.map { index in
      // The first ones say name, style and keywords; what follows says the same in other words.
      training.captions(index).prefix(4).map { caption in
        if let number = numbers[caption] { return number }
        numbers[caption] = captions.count
        captions.append(caption)
        return captions.count - 1
      }
    }
    let maker = PictureTextTraining(
      pictures: trainingFeatures,
      captions: try features.features(ofCaptions: captions, "train captions"),
      captionsOfPicture: captionsOfPicture,
      plan: try PictureTextTraining.plan(
        pictures: training.records.count, steps: request.retrievalSteps))
    let parts = dataIdentity + [features.network.identity, features.textIdentity, "\(maker.plan)"]
    let identity = FileHash.sha256(of: Array(parts.joined(separator: "\n").utf8))
    var progress = ProgressCounter(
      "picture–text model", of: maker.plan.steps, report: features.report)
    return try maker(
      folder: request.cacheFolder.appending(path: "picture-text-\(identity.prefix(16))"),
      identity: identity
    ) { _ in
      try features.stop.check()
      progress.add(1)
    }
  }

  /// Some held-out pictures of a split with what the model draws for their captions.
  func drawn(_ split: String, _ set: PictureSet) throws -> HeldOut {
    let (records, real) = try set.sample(request.pictures, seed: request.seed)
    let prompts = records.map(model.caption)
    let generated = try generated(split, prompts)
    let identity = [set.hash, "\(request.seed)"] + records.map(\.fileName)
    return HeldOut(
      split: split, records: records, real: real, generated: generated,
      realFeatures: try features.features(ofPictures: real, split, identity: identity),
      generatedFeatures: try features.features(
        ofPictures: generated, "generated \(split)", identity: generatedIdentity(prompts)),
      captionFeatures: try features.features(ofCaptions: prompts, "\(split) captions"))
  }

  /// The fewest pictures that the measures are defined for: more than three neighbours.
  private static let fewest = 8

  /// What names pictures that ``generated(_:_:)`` makes.
  func generatedIdentity(_ prompts: [String]) -> [String] {
    model.hashes.map { "\($0.key) \($0.value)" }.sorted() + ["\(settings)", "\(request.seed)"]
      + prompts
  }

  /// A picture for each prompt, with the seeds from the request's on.
  func generated(_ split: String, _ prompts: [String]) throws -> Tensor {
    try features.kept("pictures for \(split)", generatedIdentity(prompts)) {
      var progress = ProgressCounter(
        "pictures for \(split)", of: prompts.count, report: features.report)
      return try features.batches(of: prompts.count, size: 32) { range in
        let seeds = range.map { request.seed &+ UInt64($0) }
        let images = try model.images(Array(prompts[range]), seeds) { _ in
          try features.stop.check()
        }
        progress.add(range.count)
        return images.map(\.bytes).stacked()
      }
    }
  }
}
