public import Foundation
internal import Checkpoints
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains an autoencoder on a folder of pictures.
///
/// The loss is the mean absolute and squared error of the pictures and of their differences between
/// neighbouring pixels, which keeps outlines sharp, and the divergence of the latents from the
/// normal distribution (Rombach et al. 2022, section 3.1, without its discriminator).
public struct AutoencoderTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "autoencoder"

  /// A folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// The width and height of the pictures.
  public var side: Int
  /// The sizes of the autoencoder.
  public var autoencoder: AutoencoderKLConfiguration
  /// The weight of the divergence of the latents, both terms being means.
  public var divergenceWeight: Double
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try checkColors()
    let set = try PictureSet(
      trainingOn: data, side: side, styles: styles, colors: autoencoder.inChannels, report: report)
    let identity = try TrainingIdentity(self, hashes: ["pictures": set.hash])
    let store = weights()
    let network = try store.network { AutoencoderKL($0, autoencoder) }
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: [:]), batchSize: plan.batchSize, seed: plan.seed)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        loss(of: network, set.batch(sampler.indices(for: step)), step.generator)
      },
      sample: { step, average in try saveSamples(step, average, set, to: run.folder) })
  }

  private func checkColors() throws {
    let (read, made) = (autoencoder.inChannels, autoencoder.outChannels)
    guard read == made, read == 1 || read == 3 else {
      throw TrainingError.invalid(
        what: "autoencoder.in_channels and out_channels", expected: "1 and 1, or 3 and 3",
        found: "\(read) and \(made)")
    }
  }

  private func loss(of network: AutoencoderKL, _ x: Tensor, _ generator: Generator) -> Tensor {
    let latents = network.encode(x)
    let noise = generator.normal(latents.mean.shape.sizes)
    let error = network.decode(latents.sample(noise)).converted(to: .float32) - x
    return reconstructionLoss(error, along: [3, 2])
      + latents.divergence.mean() * divergenceWeight
  }

  /// Some pictures of the set beside what the averaged weights make of them, and the autoencoder
  /// with the shift and scale that bring its latents to mean 0 and variance 1.
  private func saveSamples(
    _ step: Int, _ average: WeightSource, _ set: PictureSet, to run: RunFolder
  ) throws {
    let store = ParameterStore(loading: average)
    let network = try store.network { AutoencoderKL($0, autoencoder) }
    try export(network, average, set, to: run)
    let stride = max(set.records.count / 16, 1)
    let x = set.batch((0..<min(16, set.records.count)).map { $0 * stride })
    let y = try checked { withoutGradients { network.decode(network.encode(x).mean) } }
    let rows = (0..<x.shape[0]).flatMap { index in
      [x.selected(dim: 0, index: index), y.selected(dim: 0, index: index)]
    }
    let cells = try rows.map { ContactSheet.Cell(try Image(colors: $0)) }
    let sheet = try ContactSheet(columns: 8, side: side)(cells)
    try sheet.save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}

extension AutoencoderTraining {
  private func export(
    _ network: AutoencoderKL, _ weights: WeightSource, _ set: PictureSet, to run: RunFolder
  ) throws {
    let stride = max(set.records.count / 1024, 1)
    let indices = Array(Swift.stride(from: 0, to: set.records.count, by: stride))
    let latents = try encoded(set, indices, by: network)
    let (mean, deviation) = try checked {
      (latents.mean().item(), latents.variance(dims: nil).squareRoot().item())
    }
    var configuration = autoencoder
    configuration.shiftFactor = mean
    configuration.scalingFactor = 1 / deviation
    try AutoencoderKL.write(weights, configuration, to: run.url.appending(path: "autoencoder"))
  }
}

/// The means of the latents of some pictures, unscaled, `[indices.count, channels, height, width]`.
func encoded(_ set: PictureSet, _ indices: [Int], by vae: AutoencoderKL) throws -> Tensor {
  // As much at a time as 64 pictures of 64 pixels.
  let most = max(64 * 64 * 64 / (set.pictures.shape[2] * set.pictures.shape[3]), 1)
  return try checked {
    withoutGradients {
      stride(from: 0, to: indices.count, by: most).map { begin in
        vae.encode(set.batch(Array(indices[begin..<min(begin + most, indices.count)]))).mean
      }.concatenated(dim: 0)
    }
  }
}
