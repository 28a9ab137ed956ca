internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a network that draws pictures without captions: of classes, or of nothing said.
///
/// The pictures may be pixels or, where an autoencoder is named, latents (Rombach et al. 2022,
/// https://arxiv.org/abs/2112.10752). Some labels are left out, so that pictures can be guided (Ho
/// and Salimans 2022, algorithm 1, https://arxiv.org/abs/2207.12598).
public struct PixelTraining: RecipeTraining {
  /// A folder of pictures with `metadata.jsonl`, with a `label` each where the network has classes.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// The width and height of the pictures.
  public var side: Int
  /// The folder of a trained autoencoder, in whose latents the network works; none for pixels.
  public var autoencoder: String?
  /// The width and height of the square of pixels that the network sees as one; 1 if not given.
  public var patchSize: Int?
  /// The sizes of the network.
  ///
  /// With ``labelDropout``, its last class is that of no label.
  public var network: ADMConfiguration
  /// How pictures become noise.
  public var process: DiffusionProcess
  /// What the network is trained for.
  public var objective: PixelObjective
  /// The share of pictures that are shown without their label, in [0, 1).
  public var labelDropout: Double
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    let model = try description()
    let loss = try PixelLoss(objective, process)
    let space = try model.space(autoencoder: autoencoder.map { URL(filePath: $0) }, of: network)
    let set = try PictureSet(
      trainingOn: data, side: side, styles: styles, colors: space.colors, report: report)
    let labels = model.classes > 0 ? try set.labels(classes: model.classes) : []
    let identity = try TrainingIdentity(self, hashes: hashes(set))
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let inputs = try set.inBatches { space.encoded($0) }
    let store = ParameterStore(initializing: Generator(seed: plan.seed))
    let unet = try store.network { ADMUNet($0, network) }
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: [:]), batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let indices = sampler.indices(for: step)
        let told = self.told(indices.map { labels.isEmpty ? 0 : labels[$0] }, model, step.generator)
        let x0 = inputs.indexSelected(dim: 0, Tensor(indices))
        return try loss(x0, using: step.generator) { x, timesteps in
          unet(x.contiguous(memoryFormat: .channelsLast), timesteps: timesteps, labels: told)
            .converted(to: .float32)
        }
      },
      sample: { step, average in
        try PictureDiffusion.write(
          average, network, model, autoencoder: autoencoder.map { URL(filePath: $0) },
          to: run.folder.url.appending(path: "model"))
        try saveSamples(step, average, model, space, to: run.folder)
      })
  }

  /// What the trained model is told about itself.
  private func description() throws -> PictureDiffusion.Description {
    try require(
      labelDropout >= 0 && labelDropout < 1, "labelDropout", "a share from 0 to below 1",
      labelDropout)
    return PictureDiffusion.Description(
      side: side, patchSize: patchSize ?? 1, classes: try classes(),
      isGuidable: labelDropout > 0, process: process, objective: objective)
  }

  /// The number of classes that pictures can be of; 0 where the network is told nothing.
  private func classes() throws -> Int {
    switch network.labels {
    case .classes(let count):
      let classes = labelDropout > 0 ? count - 1 : count
      try require(
        classes > 0, "network.num_classes", "a class beside that of no label", count)
      return classes
    case .number:
      throw TrainingError.invalid(
        what: "network", expected: "num_classes, or nothing that it is told", found: "a number")
    case nil:
      try require(
        labelDropout == 0, "labelDropout", "0 for a network without classes", labelDropout)
      return 0
    }
  }

  private func hashes(_ set: PictureSet) throws -> [String: String] {
    var hashes = ["pictures": set.hash]
    if let autoencoder {
      let folder = URL(filePath: autoencoder)
      hashes["autoencoder"] = try TrainingIdentity.hash(of: [
        folder.appending(path: "config.json"), AutoencoderKL.weights(in: folder),
      ])
    }
    return hashes
  }

  /// The labels of a batch, some of them replaced by the class of no label.
  private func told(
    _ labels: [Int], _ model: PictureDiffusion.Description, _ generator: Generator
  ) -> Tensor? {
    guard model.classes > 0 else { return nil }
    guard labelDropout > 0 else { return Tensor(labels) }
    let draws = generator.uniform([labels.count]).values(as: Double.self)
    return Tensor(zip(labels, draws).map { $1 < labelDropout ? model.classes : $0 })
  }

  /// Four pictures of each of the first classes, or as many of none, by the averaged weights.
  private func saveSamples(
    _ step: Int, _ average: WeightSource, _ model: PictureDiffusion.Description,
    _ space: PictureSpace, to run: RunFolder
  ) throws {
    let trained = PictureDiffusion(
      model, network: try ParameterStore(loading: average).network { ADMUNet($0, network) },
      space: space, schedule: try process.schedule())
    let columns = model.classes > 0 ? min(model.classes, 10) : 8
    let pictures = try trained.pictures(
      labels: (0..<4 * columns).map { model.classes > 0 ? $0 % columns : nil }, seed: 0,
      sampler: try Samplers.named("dpmpp-2m"), steps: 20)
    try sheet(of: pictures, columns: columns)
      .save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}
