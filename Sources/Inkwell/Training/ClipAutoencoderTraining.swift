public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a causal autoencoder on a folder of clips.
///
/// The loss is that of ``AutoencoderTraining`` with the differences between neighbouring frames
/// besides, on parts of the clips.
public struct ClipAutoencoderTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "clip-autoencoder"

  /// A folder of clips with `metadata.jsonl`.
  public var data: String
  /// The width and height of the clips.
  public var side: Int
  /// The number of frames that are read of each clip.
  public var frames: Int
  /// The number of frames that a step sees of each of its clips: one and groups of the
  /// autoencoder's.
  public var shownFrames: Int
  /// The width and height of the part of the frames that a step sees; most often in the middle.
  public var shownSide: Int
  /// The sizes of the autoencoder.
  public var autoencoder: WanAutoencoderConfiguration
  /// The weight of the errors of the differences between neighbouring pixels and frames: the more,
  /// the sharper are outlines, but fine textures are not begun at all.
  public var differencesWeight: Double
  /// The weight of the divergence of the latents, both terms being means.
  public var divergenceWeight: Double
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try checkSizes()
    report(.note("reading the clips of \(data)"))
    let set = try ClipSet(folder: URL(filePath: data), frames: frames, side: side, split: "train")
    let identity = try TrainingIdentity(self, hashes: ["clips": set.hash])
    let store = weights()
    let network = try store.network { WanAutoencoder($0, autoencoder) }
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: [:]), batchSize: plan.batchSize, seed: plan.seed)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        loss(of: network, shown(set.batch(sampler.indices(for: step)), step), step.generator)
      },
      sample: { step, average in try saveSamples(step, average, set, to: run.folder) })
  }

  private func checkSizes() throws {
    guard autoencoder.colors == 3, autoencoder.outChannels == autoencoder.inChannels else {
      throw TrainingError.invalid(
        what: "autoencoder.in_channels and out_channels",
        expected: "three colours for each of \(autoencoder.patchSize)² places",
        found: "\(autoencoder.inChannels) and \(autoencoder.outChannels)")
    }
    let group = autoencoder.timeReduction
    for (what, count) in [("frames", frames), ("shownFrames", shownFrames)]
    where count < 1 || count % group != 1 % group || count > frames {
      throw TrainingError.invalid(
        what: what, expected: "one and groups of \(group), up to \(frames)", found: "\(count)")
    }
    for (what, length) in [("side", side), ("shownSide", shownSide)]
    where length < 1 || length % autoencoder.reduction != 0 || length > side {
      throw TrainingError.invalid(
        what: what, expected: "a multiple of \(autoencoder.reduction), up to \(side)",
        found: "\(length)")
    }
  }

  /// A part of each clip, the same for all of a step.
  private func shown(_ clips: Tensor, _ step: TrainingStep) -> Tensor {
    let draws = step.generator.uniform([5]).values(as: Double.self)
    func start(_ share: Double, _ part: Int, of whole: Int) -> Int {
      min(Int(share * Double(whole - part + 1)), whole - part)
    }
    let first = start(draws[0], shownFrames, of: frames)
    // The mean of two numbers is most often near one half.
    let top = start((draws[1] + draws[2]) / 2, shownSide, of: side)
    let left = start((draws[3] + draws[4]) / 2, shownSide, of: side)
    return clips.narrowed(dim: 2, start: first, length: shownFrames)
      .narrowed(dim: 3, start: top, length: shownSide)
      .narrowed(dim: 4, start: left, length: shownSide)
  }

  private func loss(of network: WanAutoencoder, _ x: Tensor, _ generator: Generator) -> Tensor {
    let latents = network.encode(x, groupsAtOnce: shownFrames)
    let noise = generator.normal(latents.mean.shape.sizes)
    let made = network.decodedAtOnce(latents.sample(noise)).converted(to: .float32)
    return reconstructionLoss(
      made - x, along: shownFrames > 1 ? [2, 3, 4] : [3, 4], weight: differencesWeight)
      + latents.divergence.mean() * divergenceWeight
  }

  /// Some clips of the set above what the averaged weights make of them, and the autoencoder with
  /// the means and deviations of its latents.
  private func saveSamples(
    _ step: Int, _ average: WeightSource, _ set: ClipSet, to run: RunFolder
  ) throws {
    let store = ParameterStore(loading: average)
    let network = try store.network { WanAutoencoder($0, autoencoder) }
    try export(network, average, set, to: run)
    let stride = max(set.records.count / 8, 1)
    let x = set.batch((0..<min(8, set.records.count)).map { $0 * stride })
    let y = try checked { withoutGradients { network.decode(network.encode(x).mean) } }
    let rows = (0..<x.shape[0]).flatMap { index in
      [x, y].map { $0.selected(dim: 0, index: index).transposed(0, 1) }
    }
    let sheet = try sheet(of: rows.concatenated(dim: 0), columns: set.frames)
    try sheet.save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }

  private func export(
    _ network: WanAutoencoder, _ weights: WeightSource, _ set: ClipSet, to run: RunFolder
  ) throws {
    let stride = max(set.records.count / 256, 1)
    let indices = Array(Swift.stride(from: 0, to: set.records.count, by: stride))
    let latents = try encoded(set, indices, by: network)
    let (means, deviations) = try checked {
      (
        latents.mean(dims: [0, 2, 3, 4]).values(as: Double.self),
        latents.variance(dims: [0, 2, 3, 4]).squareRoot().values(as: Double.self)
      )
    }
    var configuration = autoencoder
    (configuration.latentsMean, configuration.latentsStd) = (means, deviations)
    try WanAutoencoder.write(weights, configuration, to: run.url.appending(path: "autoencoder"))
  }
}

/// The mean absolute and squared error, and the mean absolute differences of neighbouring errors.
///
/// - Parameters:
///   - error: What was made less what was to be made.
///   - dims: The dimensions along which neighbours are compared, which keeps outlines sharp.
///   - weight: How much the differences count.
/// - Returns: The sum, of rank zero.
func reconstructionLoss(_ error: Tensor, along dims: [Int], weight: Double = 1) -> Tensor {
  dims.reduce(error.absolute().mean() + (error * error).mean()) { sum, dim in
    let length = error.shape[dim] - 1
    let differences =
      error.narrowed(dim: dim, start: 1, length: length)
      - error.narrowed(dim: dim, start: 0, length: length)
    return sum + differences.absolute().mean() * weight
  }
}

/// The means of the latents of some clips, unscaled, `[indices.count, channels, frames, …]`.
func encoded(_ set: ClipSet, _ indices: [Int], by vae: WanAutoencoder) throws -> Tensor {
  try checked {
    withoutGradients {
      stride(from: 0, to: indices.count, by: 16).map { begin in
        vae.encode(set.batch(Array(indices[begin..<min(begin + 16, indices.count)]))).mean
      }.concatenated(dim: 0)
    }
  }
}
