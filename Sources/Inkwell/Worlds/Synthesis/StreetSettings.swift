/// Which drives a data set has.
public struct StreetSettings: Codable, Sendable, Hashable {
  /// The frames of a drive, 1 to 1,000, at ten in a second.
  public var frames: Int
  /// The width and height of the frames in pixels, one of `Street.sides`.
  public var side: Int
  /// The weathers and lights, each as often.
  public var weathers: [StreetWeather]
  /// The chance that a deer crosses the street in a drive, in [0, 1]: the rare event.
  public var crossingRate: Double
  /// The share of drives with a careful driver, in [0, 1]; the others take no notice of anything.
  public var carefulShare: Double
  /// The number of different streets; each drive has its own if not given.
  ///
  /// Procgen has levels for the same purpose (Cobbe et al. 2020,
  /// https://arxiv.org/abs/1912.01588).
  public var levels: Int?

  /// Describes drives.
  public init(
    frames: Int = 64, side: Int = 32, weathers: [StreetWeather] = StreetWeather.allCases,
    crossingRate: Double = 0.1, carefulShare: Double = 0.5, levels: Int? = nil
  ) {
    self.frames = frames
    self.side = side
    self.weathers = weathers
    self.crossingRate = crossingRate
    self.carefulShare = carefulShare
    self.levels = levels
  }

  func validate() throws(SynthesizeError) {
    func require(
      _ condition: Bool, _ name: String, _ expected: String, _ found: some Any
    ) throws(SynthesizeError) {
      if !condition { throw .value(name, expected: expected, found: "\(found)") }
    }
    try require((1...1000).contains(frames), "frames", "1 to 1,000", frames)
    let sides = Street.sides.map(String.init).joined(separator: ", ")
    try require(Street.sides.contains(side), "side", "one of \(sides)", side)
    try require(
      !weathers.isEmpty && Set(weathers).count == weathers.count, "weathers",
      "different ones, at least one",
      weathers.isEmpty ? "none" : weathers.map(\.rawValue).joined(separator: ", "))
    for (name, share) in [("crossingRate", crossingRate), ("carefulShare", carefulShare)] {
      try require((0...1).contains(share), name, "0 to 1", share)
    }
    if let levels { try require(levels > 0, "levels", "at least 1", levels) }
  }

  /// What a drive depends on: a function of a seed and of its number.
  func plan(of index: Int, seed: UInt64) -> StreetEpisode.Plan {
    var own = WorldRandom(seed, part: 2 * UInt64(index) + 1)
    let level = levels.map { own.below($0) } ?? index
    var street = WorldRandom(seed, part: 2 * UInt64(level))
    let streetSeed = street.bits()
    let weather = street.one(of: weathers)
    // A deer that comes in the last third would hardly be seen.
    let start = 1 + street.below(max(1, 2 * frames / 3))
    let crosses = street.happens(crossingRate)
    return StreetEpisode.Plan(
      seed: streetSeed, weather: weather, crossing: crosses ? start : nil,
      style: own.happens(carefulShare) ? .careful : .wandering, driverSeed: own.bits())
  }
}
