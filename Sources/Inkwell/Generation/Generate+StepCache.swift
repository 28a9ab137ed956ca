internal import Models

extension Generate {
  /// Which steps compute all of the denoiser: the others keep or foresee what they leave out.
  ///
  /// DeepCache for U-Nets (Ma et al. 2023, https://arxiv.org/abs/2312.00858), and what the first
  /// blocks leave of a transformer; an order above 0 foresees as TaylorSeer does (Liu et al. 2025,
  /// https://arxiv.org/abs/2503.06923). A threshold decides while a picture is drawn, which is then
  /// drawn without others. Pictures are drawn faster, and a little differently.
  public struct StepCache: Codable, Sendable, Hashable {
    /// What is not computed in every evaluation.
    public enum Kept: String, Codable, Sendable, CaseIterable {
      /// The deep blocks.
      case deep
      /// The whole network.
      case whole
    }

    /// Every so many evaluations compute all, 2 … 100; if not given, a threshold decides.
    public var interval: Int?
    /// How much may change before all is computed, above 0 up to 10.
    ///
    /// For deep blocks, the share by which what they are given has changed (FirstBlockCache of
    /// diffusers, after TeaCache, https://arxiv.org/abs/2411.19108); for the whole network, the
    /// share by which its answer may have (EasyCache, https://arxiv.org/abs/2507.02860).
    public var threshold: Double?
    /// The degree of the polynomial that foresees the others, 0 … 3; 0, which keeps what was
    /// computed last, if not given.
    public var order: Int?
    /// How many more blocks are computed in every step than the fewest that can be, 0 … 100; none
    /// if not given.
    public var depth: Int?
    /// What is kept; ``Kept/deep`` if not given.
    public var kept: Kept?

    /// Computes all in every so many evaluations.
    public init(interval: Int, order: Int? = nil, depth: Int? = nil, kept: Kept? = nil) {
      self.interval = interval
      (self.order, self.depth, self.kept) = (order, depth, kept)
    }

    /// Computes all where more than a threshold changed.
    public init(threshold: Double, order: Int? = nil, depth: Int? = nil, kept: Kept? = nil) {
      self.threshold = threshold
      (self.order, self.depth, self.kept) = (order, depth, kept)
    }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      guard (interval == nil) != (threshold == nil) else {
        throw .value(
          "cache", expected: "an interval or a threshold",
          found: interval == nil ? "neither" : "both")
      }
      try GenerateError.check("cache interval", interval, in: 1...100)
      if let threshold, !(threshold > 0 && threshold <= 10) {
        throw .value("cache threshold", expected: "above 0 up to 10.0", found: "\(threshold)")
      }
      try GenerateError.check("cache order", order, in: 0...3)
      try GenerateError.check("cache depth", depth, in: 0...100)
      if let depth, keepsWhole {
        throw .value(
          "cache depth", expected: "nothing where the whole network is kept", found: "\(depth)")
      }
    }

    /// The name of the setting that decides.
    var name: String { threshold == nil ? "cache interval" : "cache threshold" }

    /// Whether the whole network is kept.
    var keepsWhole: Bool { kept == .whole }

    /// What one network of one run keeps.
    func started() -> FeatureCache {
      let rule: FeatureCache.Rule =
        if let threshold {
          keepsWhole ? .estimatedChange(threshold) : .change(threshold)
        } else {
          .interval(interval ?? 1)
        }
      return FeatureCache(FeatureCache.Schedule(rule, order: order ?? 0))
    }
  }
}
