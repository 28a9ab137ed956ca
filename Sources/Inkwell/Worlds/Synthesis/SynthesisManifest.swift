/// What a synthesized data set has: its `manifest.json`.
public struct SynthesisManifest: Codable, Sendable, Hashable {
  /// A file of the data set.
  public struct Shard: Codable, Sendable, Hashable {
    /// Its name.
    public let file: String
    /// Its SHA-256.
    public let sha256: String
    /// Its bytes.
    public let bytes: Int
    /// The drives that it has.
    public let episodes: Int
  }

  /// How much there is of what.
  public struct Counts: Codable, Sendable, Hashable {
    /// The drives.
    public let episodes: Int
    /// Their frames.
    public let frames: Int
    /// The drives that were left out because another has the same pixels and actions.
    public let duplicates: Int
    /// The drives that are held out.
    public let heldOut: Int
    /// The drives of each weather.
    public let byWeather: [String: Int]
    /// The drives in which a deer crosses.
    public let withCrossing: Int
    /// The drives in which the car hits something.
    public let withCollision: Int
  }

  /// The program and its version.
  public let program: String
  /// What was asked for.
  public let request: Synthesize.Request
  /// How much there is of what.
  public let counts: Counts
  /// The names of the actions, in the order of their numbers.
  public let actions: [String]
  /// The names of the classes in the masks' red, in the order of their numbers.
  public let classes: [String]
  /// All files.
  public let shards: [Shard]

  init(_ request: Synthesize.Request, _ records: [StreetShard.Record]) {
    program = "inkwell \(Program.version)"
    self.request = request
    actions = StreetAction.allCases.map(\.rawValue)
    classes = StreetClass.allCases.map(\.name)
    shards = records.enumerated().map { number, record in
      Shard(
        file: SynthesisFolder.name(ofShard: number), sha256: record.sha256, bytes: record.bytes,
        episodes: record.episodes.count)
    }
    let drives = records.flatMap(\.episodes)
    counts = Counts(
      episodes: drives.count, frames: drives.reduce(0) { $0 + $1.frames },
      duplicates: request.episodes - drives.count,
      heldOut: drives.filter { $0.split != "train" }.count,
      byWeather: drives.reduce(into: [:]) { $0[$1.weather.rawValue, default: 0] += 1 },
      withCrossing: drives.filter { $0.crossings > 0 }.count,
      withCollision: drives.filter { $0.collisions > 0 }.count)
  }
}
