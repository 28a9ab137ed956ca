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
  /// What a recipe calls it.
  public static let kind = "pixels"

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
  public var process: PixelProcess
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
    let classes = try classes()
    let loss = try PixelLoss(objective, process)
    let space = try space()
    let set = try PictureSet(
      trainingOn: data, side: side, styles: styles, colors: space.colors, report: report)
    let labels = classes > 0 ? try set.labels(classes: classes) : []
    let identity = try TrainingIdentity(self, hashes: hashes(set))
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let inputs = try set.inBatches { space.encoded($0) }
    let store = weights()
    let unet = try store.network { ADMUNet($0, network) }
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: [:]), batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let indices = sampler.indices(for: step)
        let own = indices.map { labels.isEmpty ? 0 : labels[$0] }
        let told = classes > 0 ? told(own, classes, step.generator) : nil
        let x0 = inputs.indexSelected(dim: 0, Tensor(indices))
        return try loss(x0, using: step.generator) { x, timesteps in
          unet(x.contiguous(memoryFormat: .channelsLast), timesteps: timesteps, labels: told)
            .converted(to: .float32)
        }
      },
      sample: { step, average in
        try saveSamples(step, average, set.classNames(classes), to: run.folder)
      })
  }

  /// Where the network works; throws where the sizes do not fit together.
  private func space() throws -> PictureSpace {
    let patchSize = patchSize ?? 1
    let vae = try autoencoder.map { try AutoencoderKL(folder: URL(filePath: $0)) }
    let most = vae == nil ? 64 : 1
    try require((1...most).contains(patchSize), "patchSize", "1 to \(most)", patchSize)
    let pixels = patchSize * patchSize
    let space = PictureSpace(
      colors: vae?.configuration.inChannels ?? network.inChannels / pixels, patchSize: patchSize,
      autoencoder: vae)
    try require(
      [1, 3].contains(space.colors) && network.inChannels == space.channels,
      "network.in_channels", vae == nil ? "\(pixels) or \(3 * pixels)" : "\(space.channels)",
      network.inChannels)
    let outputs = space.channels * (objective.variance == nil ? 1 : 2)
    try require(
      network.outChannels == outputs, "network.out_channels", "\(outputs)", network.outChannels)
    try require(
      side > 0 && side.isMultiple(of: space.reduction), "side",
      "a multiple of \(space.reduction)", side)
    let size = side / space.reduction
    try require(
      network.imageSize == size, "network.image_size", "\(size)", network.imageSize)
    return space
  }

  /// The number of classes that pictures can be of; 0 where the network is told nothing.
  private func classes() throws -> Int {
    try require(
      labelDropout >= 0 && labelDropout < 1, "labelDropout", "a share from 0 to below 1",
      labelDropout)
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
      hashes["autoencoder"] = try TrainingIdentity.hash(of: AutoencoderKL.files(in: folder))
    }
    return hashes
  }

  /// The labels of a batch, some of them replaced by the class of no label.
  private func told(_ labels: [Int], _ classes: Int, _ generator: Generator) -> Tensor {
    guard labelDropout > 0 else { return Tensor(labels) }
    let draws = generator.uniform([labels.count]).values(as: Double.self)
    return Tensor(zip(labels, draws).map { $1 < labelDropout ? classes : $0 })
  }

  /// The model, and four pictures of each of the first classes, or as many of none, by the averaged
  /// weights.
  private func saveSamples(
    _ step: Int, _ average: WeightSource, _ names: [String], to run: RunFolder
  ) throws {
    var parts = PixelModel.Parts(
      network: network, weights: average,
      scheduler: PixelScheduler(
        process, output: objective.output, variance: objective.variance,
        isClipped: autoencoder == nil),
      about: PixelModelIndex.About(
        summary: "trained on \(URL(filePath: data).lastPathComponent)",
        labels: names.isEmpty ? nil : .classes(names: names), patchSize: patchSize ?? 1,
        settings: PixelSettings(steps: 20, sampler: "dpmpp-2m")))
    parts.autoencoder = autoencoder.map { URL(filePath: $0) }
    let model = try PixelModel(
      try PixelModel.write(parts, to: run.url.appending(path: "model")))
    let columns = names.isEmpty ? 8 : min(names.count, 10)
    let labels = (0..<4 * columns).map { index in
      names.isEmpty ? PixelLabel.none : .number(of: index % columns)
    }
    let pictures = try model.drawn(
      labels, seed: 0, by: PixelDrawing(sampler: try Samplers.named("dpmpp-2m"), steps: 20))
    try sheet(of: pictures, columns: columns)
      .save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}

extension PictureSet {
  /// What the pictures of each class show, by the first picture's name, or the class's number.
  func classNames(_ classes: Int) -> [String] {
    (0..<classes).map { label in
      records.first { $0.label == label }?.name ?? "\(label)"
    }
  }
}
