internal import Diffusion
internal import Foundation
internal import Models
internal import Torch
internal import Training

/// A trained network that draws pictures of classes, or of nothing said: what ``PixelTraining``
/// makes.
public struct PictureDiffusion {
  /// What there is to know of a model beside its network.
  public struct Description: Codable, Sendable, Hashable {
    /// The width and height of the pictures.
    public var side: Int
    /// The width and height of the square of pixels that the network sees as one.
    public var patchSize: Int
    /// The number of classes; 0 where the network is told nothing.
    public var classes: Int
    /// Whether the network has a class of no label, after the others.
    public var isGuidable: Bool
    /// How pictures become noise.
    public var process: DiffusionProcess
    /// What the network was trained for.
    public var objective: PixelObjective
  }

  /// What there is to know of the model beside its network.
  public let description: Description
  let network: ADMUNet
  let space: PictureSpace
  /// What samplers go through.
  let schedule: any NoiseSchedule

  init(
    _ description: Description, network: ADMUNet, space: PictureSpace,
    schedule: any NoiseSchedule
  ) {
    self.description = description
    self.network = network
    self.space = space
    self.schedule = schedule
  }

  /// The network as it is told a class for each sample, or none.
  func denoiser(_ labels: [Int?], _ counter: EvaluationCounter? = nil) -> PredictionDenoiser {
    let told = description.classes > 0 ? Tensor(labels.map { $0 ?? description.classes }) : nil
    return PredictionDenoiser(
      description.objective.prediction, schedule: schedule,
      variance: description.objective.variance
    ) { x, timesteps in
      counter?.count += 1
      return network(x.contiguous(memoryFormat: .channelsLast), timesteps: timesteps, labels: told)
    }
  }

  /// The guided network.
  func denoiser(
    _ labels: [Int?], guidance: PictureGuidance, counter: EvaluationCounter? = nil
  ) -> any Denoiser {
    let unsaid = labels.map { _ in Int?.none }
    func denoiser(_ labels: [Int?]) -> PredictionDenoiser { self.denoiser(labels, counter) }
    switch guidance {
    case .none: return denoiser(labels)
    case .classifierFree(let scale):
      return BatchedClassifierFree(
        conditional: denoiser(labels), pair: denoiser(unsaid + labels), scale: scale)
    case .classifier(let classifier, let scale):
      let wanted = Tensor(labels.map { $0 ?? 0 })
      return ClassifierGuided(denoiser(unsaid), scale: scale) { x, level in
        let pictures = description.patchSize == 1 ? x : x.pixelShuffled(description.patchSize)
        return -classifier.logits(pictures, timestep: schedule.timestep(at: level))
          .crossEntropy(wanted, reduction: 0)
      }
    }
  }

  /// Draws pictures, each by the noise of its own seed.
  ///
  /// - Parameters:
  ///   - labels: A class for each, or nothing.
  ///   - seed: The seed of the first picture; the others' follow.
  ///   - sampler: How it goes through the levels.
  ///   - steps: The number of steps.
  ///   - guidance: What moves pictures toward their classes.
  ///   - counter: Counts how often the network is asked.
  ///   - onStep: Called after every step; what it throws ends the drawing.
  /// - Returns: `[labels.count, colors, side, side]`, about in [-1, 1].
  /// - Throws: `SamplingError`, `ScheduleError`, or a `TorchError`.
  func pictures(
    labels: [Int?], seed: UInt64, sampler: any Sampler, steps: Int,
    guidance: PictureGuidance = .none, counter: EvaluationCounter? = nil,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    let levels = try schedule.levels(steps)
    let noise = NoiseSource(seeds: labels.indices.map { seed &+ UInt64($0) })
    let side = description.side / space.reduction
    let x = noise.normal([space.channels, side, side]) * schedule.path.priorScale(at: levels[0])
    let guided = try checked { denoiser(labels, guidance: guidance, counter: counter) }
    let drawn = try sampler.sample(
      x, over: levels, denoiser: guided, noise: noise, onStep: onStep)
    return try checked { withoutGradients { space.decoded(drawn) } }
  }
}

/// How often a network was asked.
final class EvaluationCounter {
  var count = 0
}

/// What moves pictures toward their classes.
enum PictureGuidance {
  /// Nothing but the network's own condition.
  case none
  /// The difference that the label makes, times the scale; 1 is off.
  case classifierFree(Double)
  /// The gradient of a classifier of noisy pictures, times the scale; 0 is off. The network itself
  /// is told no label.
  case classifier(PictureClassifier, Double)
}

extension PictureDiffusion.Description {
  /// Where a network of these sizes works.
  ///
  /// - Parameters:
  ///   - autoencoder: The folder of the autoencoder, for latents.
  ///   - network: The sizes.
  /// - Returns: The space.
  /// - Throws: `TrainingError.invalid` where the numbers do not fit together, or what is wrong with
  ///   the autoencoder.
  func space(autoencoder: URL?, of network: ADMConfiguration) throws -> PictureSpace {
    try require(patchSize > 0, "patchSize", "1 or more", patchSize)
    let vae = try autoencoder.map { try AutoencoderKL(folder: $0) }
    let space = PictureSpace(
      colors: vae?.configuration.inChannels ?? network.inChannels / (patchSize * patchSize),
      patchSize: patchSize, autoencoder: vae)
    let known = vae == nil ? "\(patchSize * patchSize) or \(3 * patchSize * patchSize)" : nil
    try require(
      [1, 3].contains(space.colors) && network.inChannels == space.channels,
      "network.in_channels", known ?? "\(space.channels)", network.inChannels)
    let outputs = space.channels * (objective.variance == nil ? 1 : 2)
    try require(
      network.outChannels == outputs, "network.out_channels", "\(outputs)", network.outChannels)
    try require(
      side > 0 && side.isMultiple(of: space.reduction), "side",
      "a multiple of \(space.reduction)", side)
    try require(
      network.imageSize == side / space.reduction, "network.image_size",
      "\(side / space.reduction)", network.imageSize)
    return space
  }
}

/// Throws `TrainingError.invalid` unless the condition holds.
func require(_ condition: Bool, _ what: String, _ expected: String, _ found: some Any) throws {
  guard condition else {
    throw TrainingError.invalid(what: what, expected: expected, found: "\(found)")
  }
}
