public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains an autoencoder on a folder of sounds.
///
/// The loss is the squared error of samples beside the sounds' mean square, the distance of spectra
/// at several resolutions, and the divergence of the latents from the normal distribution (Evans et
/// al. 2024, section 2.1, https://arxiv.org/abs/2407.14358, without its discriminators, in whose
/// place samples are compared: spectra alone leave phases to be guessed for long).
public struct SoundAutoencoderTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "sound-autoencoder"

  /// A folder of sound files with `metadata.jsonl`.
  public var data: String
  /// How many clips are read, spread over all of them; every one if not given.
  public var clips: Int?
  /// The frames of a clip; longer ones are cut.
  public var clipFrames: Int
  /// The frames that a step sees of a clip.
  public var cropFrames: Int
  /// The sizes of the autoencoder.
  public var autoencoder: AutoencoderOobleckConfiguration
  /// The frames of the windows of the spectra that are compared.
  public var windows: [Int]
  /// The weight of the distance of spectra.
  public var spectraWeight: Double
  /// The weight of the error of samples.
  public var waveformWeight: Double
  /// The weight of the divergence of the latents.
  public var divergenceWeight: Double
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    report(.note("reading the sounds of \(data)"))
    let set = try SoundSet(
      folder: URL(filePath: data), form: autoencoder.form(frames: clipFrames), split: "train",
      limit: clips)
    let identity = try TrainingIdentity(self, hashes: ["sounds": set.hash])
    let store = weights()
    let network = try store.network { AutoencoderOobleck($0, autoencoder) }
    let sampler = try WeightedSampler(
      weights: set.records.map { $0.weight ?? 1 }, batchSize: plan.batchSize, seed: plan.seed)
    let spectra = MultiResolutionSpectralLoss(windows: windows)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let x = set.crops(sampler.indices(for: step), frames: cropFrames, step.generator)
        return loss(of: network, x, spectra, step.generator)
      },
      sample: { step, average in try saveSamples(step, average, set, to: run.folder) })
  }

  private func check() throws {
    for (what, isRight, expected, found) in [
      (
        "cropFrames", cropFrames > 0 && cropFrames.isMultiple(of: autoencoder.reduction),
        "a multiple of \(autoencoder.reduction)", "\(cropFrames)"
      ),
      (
        "clipFrames",
        clipFrames >= cropFrames && clipFrames.isMultiple(of: autoencoder.reduction),
        "a multiple of \(autoencoder.reduction), at least cropFrames", "\(clipFrames)"
      ),
      (
        "windows", !windows.isEmpty && windows.allSatisfy { $0 >= 8 && $0.isMultiple(of: 4) },
        "multiples of 4 from 8", "\(windows)"
      ),
      ("clips", (clips ?? 1) > 0, "at least 1", "\(clips ?? 1)"),
    ] where !isRight {
      throw TrainingError.invalid(what: what, expected: expected, found: found)
    }
  }

  private func loss(
    of network: AutoencoderOobleck, _ x: Tensor, _ spectra: MultiResolutionSpectralLoss,
    _ generator: Generator
  ) -> Tensor {
    let latents = network.encode(x).converted(to: .float32)
    let noise = generator.normal(latents.mean.shape.sizes)
    let y = network.decode(latents.sample(noise)).converted(to: .float32)
    let rows = [x.shape[0] * x.shape[1], x.shape[2]]
    let error = y - x
    return spectra(y.reshaped(rows), target: x.reshaped(rows)) * spectraWeight
      + (error * error).mean() / ((x * x).mean() + 1e-6) * waveformWeight
      + latents.divergence.mean() * divergenceWeight
  }

  /// Some sounds of the set beside what the averaged weights make of them, and the autoencoder with
  /// the factor that brings its latents to a variance of 1.
  private func saveSamples(
    _ step: Int, _ average: WeightSource, _ set: SoundSet, to run: RunFolder
  ) throws {
    let network = try ParameterStore(loading: average).network {
      AutoencoderOobleck($0, autoencoder)
    }
    let stride = max(set.records.count / 64, 1)
    let some = (0..<min(64, set.records.count)).map { $0 * stride }
    let latents = try encoded(set, some, by: network)
    var configuration = autoencoder
    configuration.scalingFactor = try checked {
      1 / (latents * latents).mean().squareRoot().item()
    }
    try AutoencoderOobleck.write(
      average, configuration, to: run.url.appending(path: "autoencoder"))
    for (number, index) in some.prefix(8).enumerated() {
      let x = set.batch([index])
      let y = try checked { withoutGradients { network.decode(network.encode(x).mean) } }
      let pair = concatenate(x, y, dim: 2).selected(dim: 0, index: 0)
      let name = String(format: "%07d-%d.flac", step, number)
      try Sound(tensor: pair, sampleRate: autoencoder.samplingRate).withinFullScale()
        .save(to: run.samples.appending(path: name))
    }
  }
}

extension AutoencoderOobleckConfiguration {
  /// The clips that it encodes.
  func form(frames: Int) -> SoundSet.Form {
    SoundSet.Form(channels: audioChannels, sampleRate: samplingRate, frames: frames)
  }
}

/// The means of the latents of some clips, unscaled, `[indices.count, channels, length]`.
func encoded(_ set: SoundSet, _ indices: [Int], by autoencoder: AutoencoderOobleck) throws
  -> Tensor
{
  try checked {
    withoutGradients {
      stride(from: 0, to: indices.count, by: 16).map { begin in
        let some = Array(indices[begin..<min(begin + 16, indices.count)])
        return autoencoder.encode(set.batch(some)).mean
      }.concatenated(dim: 0)
    }
  }
}
