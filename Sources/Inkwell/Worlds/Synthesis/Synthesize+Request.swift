extension Synthesize {
  /// Which data set is wanted.
  public struct Request: Codable, Sendable, Hashable {
    /// The version of this layout.
    public static let currentVersion = 1

    /// The version of the layout that the request is written in.
    public let version: Int
    /// The number of drives that are made; those that are the same are kept once.
    public let episodes: Int
    /// What all drives depend on.
    public let seed: UInt64
    /// The drives of a shard.
    public let episodesPerShard: Int
    /// What the drives are like.
    public let street: StreetSettings

    /// Describes a data set.
    ///
    /// - Parameters:
    ///   - episodes: The number of drives, 1 to 100,000,000.
    ///   - seed: What all drives depend on.
    ///   - episodesPerShard: The drives of a shard, 1 to 10,000.
    ///   - street: What the drives are like.
    /// - Throws: ``SynthesizeError`` that names what is out of its range.
    public init(
      episodes: Int, seed: UInt64 = 0, episodesPerShard: Int = 100,
      street: StreetSettings = StreetSettings()
    ) throws {
      version = Self.currentVersion
      self.episodes = episodes
      self.seed = seed
      self.episodesPerShard = episodesPerShard
      self.street = street
      guard (1...100_000_000).contains(episodes) else {
        throw SynthesizeError.value("episodes", expected: "1 to 100,000,000", found: "\(episodes)")
      }
      guard (1...10_000).contains(episodesPerShard) else {
        throw SynthesizeError.value(
          "episodesPerShard", expected: "1 to 10,000", found: "\(episodesPerShard)")
      }
      try street.validate()
    }

    /// Reads a request, which is checked as a new one is.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      let version = try keys.decode(Int.self, forKey: .version)
      guard version == Self.currentVersion else {
        throw SynthesizeError.version(expected: Self.currentVersion, found: version)
      }
      try self.init(
        episodes: keys.decode(Int.self, forKey: .episodes),
        seed: keys.decode(UInt64.self, forKey: .seed),
        episodesPerShard: keys.decode(Int.self, forKey: .episodesPerShard),
        street: keys.decode(StreetSettings.self, forKey: .street))
    }

    /// The number of shards.
    public var shards: Int { (episodes + episodesPerShard - 1) / episodesPerShard }

    /// The drives of a shard.
    func episodes(ofShard shard: Int) -> Range<Int> {
      shard * episodesPerShard..<min((shard + 1) * episodesPerShard, episodes)
    }
  }
}
