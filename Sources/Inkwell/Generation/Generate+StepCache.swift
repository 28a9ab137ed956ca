internal import Models

extension Generate {
  /// Which steps compute all of the denoiser: the others keep or foresee what its deep blocks do.
  ///
  /// DeepCache for U-Nets (Ma et al. 2023, https://arxiv.org/abs/2312.00858), and what the first
  /// blocks leave of a transformer; an order above 0 foresees as TaylorSeer does (Liu et al. 2025,
  /// https://arxiv.org/abs/2503.06923). Pictures are drawn faster, and a little differently.
  public struct StepCache: Codable, Sendable, Hashable {
    /// Every so many evaluations compute all, 2 … 100.
    public var interval: Int
    /// The degree of the polynomial that foresees the others, 0 … 3; 0, which keeps what was
    /// computed last, if not given.
    public var order: Int?
    /// How many more blocks are computed in every step than the fewest that can be, 0 … 100; none
    /// if not given.
    public var depth: Int?

    /// Computes all in every so many evaluations.
    public init(interval: Int, order: Int? = nil, depth: Int? = nil) {
      self.interval = interval
      self.order = order
      self.depth = depth
    }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      try GenerateError.check("cache interval", interval, in: 2...100)
      try GenerateError.check("cache order", order, in: 0...3)
      try GenerateError.check("cache depth", depth, in: 0...100)
    }

    /// What one network of one run keeps.
    func started() -> FeatureCache {
      FeatureCache(FeatureCache.Schedule(interval: interval, order: order ?? 0))
    }
  }
}
