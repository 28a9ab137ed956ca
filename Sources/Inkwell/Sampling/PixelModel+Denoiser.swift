internal import Diffusion
internal import Models
internal import Torch

extension PixelModel {
  /// The model as a denoiser of pictures with labels, guided as the settings say.
  ///
  /// - Parameters:
  ///   - labels: A label for each picture of a batch.
  ///   - schedule: The process's levels.
  ///   - settings: How pictures are sampled.
  /// - Returns: The denoiser.
  /// - Throws: ``SampleError`` for guidance that the model has not.
  func denoiser(
    _ labels: [PixelLabel], over schedule: any NoiseSchedule, _ settings: PixelSettings
  ) throws -> any Denoiser {
    let guided: any Denoiser
    if settings.guidance == 1 {
      guided = plain(tensor(labels), over: schedule)
    } else {
      guard unlabelled != nil else {
        throw SampleError.value(
          "guidance", expected: "1, as the model has not learned to do without a label",
          found: "\(settings.guidance)")
      }
      let pair = tensor(labels.map { _ in PixelLabel.none } + labels)
      guided = classifierFree(
        plain(tensor(labels), over: schedule), plain(pair, over: schedule), settings.guidance)
    }
    guard settings.classifierGuidance != 0 else { return held(guided) }
    return held(try classified(guided, labels, over: schedule, settings.classifierGuidance))
  }

  /// The network without guidance.
  private func plain(_ labels: Tensor?, over schedule: any NoiseSchedule) -> any Denoiser {
    let prepared = PreparedNetwork(network)
    let network: DenoisingNetwork = { [scheduler] x, timesteps in
      let own = prepared.forBatch(x.shape[0])
      return own(x, timesteps: timesteps * scheduler.timestepScale, labels: labels)
    }
    let boundary = scheduler.output == .consistency ? Self.lowest(schedule) : 0
    switch scheduler.output {
    case .preconditioned, .consistency:
      return PreconditionedDenoiser(
        Preconditioning(sigmaData: scheduler.sigmaData, boundary: boundary), network: network)
    case .score:
      return PredictionDenoiser(.epsilon, schedule: schedule, variance: scheduler.variance) {
        x, timesteps in
        let level = schedule.level(at: timesteps.narrowed(dim: 0, start: 0, length: 1).item())
        return try network(x, timesteps) * -level.sigma
      }
    case .epsilon: return predicted(.epsilon, schedule, network)
    case .x0: return predicted(.x0, schedule, network)
    case .v: return predicted(.v, schedule, network)
    case .velocity: return predicted(.velocity, schedule, network)
    }
  }

  private func predicted(
    _ prediction: PredictionType, _ schedule: any NoiseSchedule,
    _ network: @escaping DenoisingNetwork
  ) -> any Denoiser {
    PredictionDenoiser(
      prediction, schedule: schedule, variance: scheduler.variance, network: network)
  }

  /// The sigma at which a consistency model answers `x` itself: that of its process's last level.
  static func lowest(_ schedule: any NoiseSchedule) -> Double {
    (schedule as? KarrasSchedule)?.sigmaMin ?? 0
  }

  private func classifierFree(
    _ conditional: some Denoiser, _ pair: some Denoiser, _ scale: Double
  ) -> any Denoiser {
    BatchedClassifierFree(conditional: conditional, pair: pair, scale: scale)
  }

  /// The denoiser guided by the classifier's gradient.
  private func classified(
    _ base: some Denoiser, _ labels: [PixelLabel], over schedule: any NoiseSchedule,
    _ scale: Double
  ) throws -> any Denoiser {
    guard let classifier else {
      throw SampleError.value(
        "classifier-guidance", expected: "0, as the model has no classifier", found: "\(scale)")
    }
    let classes = try labels.map { label -> Int64 in
      guard case .number(let index) = label else {
        throw SampleError.value(
          "label", expected: "a class for the classifier to guide to", found: "")
      }
      return Int64(index)
    }
    let wanted = Tensor(classes, shape: [classes.count, 1])
    let timestepScale = scheduler.timestepScale
    return ClassifierGuided(base, scale: scale) { x, level in
      let own = schedule.path.level(level)
      let timesteps = Tensor.full(
        [x.shape[0]], .real(schedule.timestep(at: own) * timestepScale))
      let logits = classifier(x * schedule.path.scale(of: level), timesteps: timesteps)
      return logits.logSoftmax(dim: 1).gathered(dim: 1, wanted).squeezed(1)
    }
  }

  /// The denoiser held to the range of pictures, if the model's is.
  private func held(_ base: some Denoiser) -> any Denoiser {
    scheduler.isClipped ? Thresholded(base, .clipped()) : base
  }
}

/// A network whose weights are packed when it is first asked, so that none are for a denoiser that
/// is only checked, or that guidance leaves out.
private final class PreparedNetwork {
  private let network: any LabelledNetwork
  private var prepared: (batch: Int, network: any LabelledNetwork)?

  init(_ network: any LabelledNetwork) {
    self.network = network
  }

  /// The network for batches of a size.
  func forBatch(_ batch: Int) -> any LabelledNetwork {
    if let prepared, prepared.batch == batch { return prepared.network }
    let own = network.prepared(batch: batch)
    prepared = (batch, own)
    return own
  }
}
