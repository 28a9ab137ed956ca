internal import Layers
internal import Torch

/// Everything that the weights at the end of a run depend on, but for the network and the data.
public struct TrainingPlan: Codable, Hashable, Sendable {
  /// What the forward pass computes in; weights and updates are float32.
  public enum Precision: String, Codable, CaseIterable, Sendable {
    /// float32 throughout.
    case fp32
    /// Matrix products and convolutions in bfloat16, by autocast; in float32 on a processor that
    /// would have to emulate bfloat16, which takes longer and is less exact.
    case bf16

    /// What products are computed in on this machine, or none for float32.
    var autocast: DType? { self == .bf16 && Machine.hasFastBFloat16 ? .bfloat16 : nil }
  }

  /// The number of updates of the weights.
  public let steps: Int
  /// The number of items that an update sees.
  public let batchSize: Int
  /// The number of parts, one after the other, that a batch is cut into to fit the memory.
  public let accumulation: Int
  /// The learning rate of every step.
  public let learningRate: LearningRate
  /// AdamW's constants.
  public let optimizer: AdamW.Options
  /// Which matrices Muon updates instead, and its constants; none is no matrix.
  public let muon: Muon.Options?
  /// The norm to which longer gradients are scaled down; none is no limit.
  public let clip: Double?
  /// The decay of the average of the weights, in [0, 1).
  public let averageDecay: Double
  /// What the forward pass computes in.
  public let precision: Precision
  /// What all randomness depends on.
  public let seed: UInt64
  /// The number of steps from one checkpoint to the next.
  public let saveEvery: Int
  /// The number of steps from one grid of samples to the next.
  public let sampleEvery: Int

  /// A plan whose numbers are in their ranges.
  ///
  /// - Throws: `TrainingError.invalid` that names the number.
  public init(
    steps: Int, batchSize: Int, accumulation: Int = 1, learningRate: LearningRate,
    optimizer: AdamW.Options = AdamW.Options(), muon: Muon.Options? = nil, clip: Double? = 1,
    averageDecay: Double = 0.999,
    precision: Precision = .fp32, seed: UInt64 = 0,
    saveEvery: Int = 1000, sampleEvery: Int = 1000
  ) throws {
    self.steps = steps
    self.batchSize = batchSize
    self.accumulation = accumulation
    self.learningRate = learningRate
    self.optimizer = optimizer
    self.muon = muon
    self.clip = clip
    self.averageDecay = averageDecay
    self.precision = precision
    self.seed = seed
    self.saveEvery = saveEvery
    self.sampleEvery = sampleEvery
    try validate()
  }

  /// Reads a plan, which is checked as a new one is.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      steps: values.decode(Int.self, forKey: .steps),
      batchSize: values.decode(Int.self, forKey: .batchSize),
      accumulation: values.decode(Int.self, forKey: .accumulation),
      learningRate: values.decode(LearningRate.self, forKey: .learningRate),
      optimizer: values.decode(AdamW.Options.self, forKey: .optimizer),
      muon: values.decodeIfPresent(Muon.Options.self, forKey: .muon),
      clip: values.decodeIfPresent(Double.self, forKey: .clip),
      averageDecay: values.decode(Double.self, forKey: .averageDecay),
      precision: values.decode(Precision.self, forKey: .precision),
      seed: values.decode(UInt64.self, forKey: .seed),
      saveEvery: values.decode(Int.self, forKey: .saveEvery),
      sampleEvery: values.decode(Int.self, forKey: .sampleEvery))
  }

  private func validate() throws(TrainingError) {
    let counts = [
      ("steps", steps), ("batchSize", batchSize), ("accumulation", accumulation),
      ("saveEvery", saveEvery), ("sampleEvery", sampleEvery),
    ]
    for (name, count) in counts {
      try require(count > 0, name, "a whole number from 1", "\(count)")
    }
    try require(
      batchSize.isMultiple(of: accumulation), "accumulation",
      "a divisor of the batch size, \(batchSize)", "\(accumulation)")
    try learningRate.validate()
    try optimizer.validate()
    try muon?.validate()
    if let clip { try require(clip > 0 && clip.isFinite, "clip", "a number above 0", "\(clip)") }
    try require(
      averageDecay >= 0 && averageDecay < 1, "averageDecay", "a number from 0 to below 1",
      "\(averageDecay)")
  }

  /// Where a run that was begun with `former` would end elsewhere with this plan.
  ///
  /// When to save and sample may change, and so may the number of steps and the learning rate as
  /// long as the steps that are done would have been the same.
  ///
  /// - Parameters:
  ///   - former: The plan of the checkpoint.
  ///   - step: The step of the checkpoint.
  /// - Returns: A line for each difference.
  func differences(from former: TrainingPlan, at step: Int) -> [String] {
    func line(_ name: String, _ old: some Equatable, _ new: some Equatable) -> String? {
      "\(old)" == "\(new)" ? nil : "\(name): begun with \(old), found \(new)"
    }
    func text(_ number: Double?) -> String { number.map { "\($0)" } ?? "none" }
    func rate(_ step: Int, in plan: TrainingPlan) -> Double {
      plan.learningRate(step: step, of: plan.steps)
    }
    let stepsLine =
      steps < step
      ? "steps: expected at least \(step), which are done, found \(steps)" : nil
    let changed = (1...max(step, 1)).first { rate($0, in: former) != rate($0, in: self) }
    let rateLine = changed.map { changed in
      "learningRate: step \(changed) was made with \(rate(changed, in: former)), "
        + "found \(rate(changed, in: self))"
    }
    return [
      stepsLine,
      line("batchSize", former.batchSize, batchSize),
      line("accumulation", former.accumulation, accumulation),
      rateLine,
      line("optimizer.beta1", former.optimizer.beta1, optimizer.beta1),
      line("optimizer.beta2", former.optimizer.beta2, optimizer.beta2),
      line("optimizer.eps", former.optimizer.eps, optimizer.eps),
      line("optimizer.weightDecay", former.optimizer.weightDecay, optimizer.weightDecay),
      line(
        "optimizer.decaysMatricesOnly", former.optimizer.decaysMatricesOnly,
        optimizer.decaysMatricesOnly),
      line("muon.scopes", former.muon?.scopes ?? [], muon?.scopes ?? []),
      line("muon.momentum", text(former.muon?.momentum), text(muon?.momentum)),
      line("muon.weightDecay", text(former.muon?.weightDecay), text(muon?.weightDecay)),
      line("clip", text(former.clip), text(clip)),
      line("averageDecay", former.averageDecay, averageDecay),
      line("precision", former.precision, precision),
      line("seed", former.seed, seed),
    ].compactMap { $0 }
  }
}
