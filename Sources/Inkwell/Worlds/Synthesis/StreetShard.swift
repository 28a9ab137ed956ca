internal import Checkpoints
internal import Files
internal import Foundation
internal import Modalities

/// A shard as WebDataset reads it: an archive with four files for each drive.
struct StreetShard {
  /// What the folder notes of a shard beside it.
  struct Record: Codable, Sendable, Hashable {
    /// The SHA-256 of the request.
    let request: String
    /// The SHA-256 of the archive.
    let sha256: String
    /// The bytes of the archive.
    let bytes: Int
    /// The drives that it has, in their order.
    let episodes: [Drive]
  }

  /// What is noted of a drive.
  struct Drive: Codable, Sendable, Hashable {
    let number: Int
    /// The SHA-256 of its pixels and actions.
    let content: String
    let weather: StreetWeather
    let split: String
    let frames: Int
    let crossings: Int
    let collisions: Int
  }

  private let request: Synthesize.Request
  private let encoder = JSONEncoder()

  init(_ request: Synthesize.Request) {
    self.request = request
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Makes drives, each that is another than those before.
  ///
  /// - Parameters:
  ///   - numbers: The drives' numbers in the data set.
  ///   - onDrive: Called after each drive; what it throws ends the making.
  /// - Returns: The archive and what is to be noted of it.
  /// - Throws: `ClipError`, or what `onDrive` throws.
  func made(
    of numbers: some Sequence<Int>, onDrive: (Int) throws -> Void
  ) throws -> (archive: Data, record: Record) {
    var archive = TarArchive()
    var drives: [Drive] = []
    var known: Set<String> = []
    for number in numbers {
      let drive = try StreetEpisode(
        request.street.plan(of: number, seed: request.seed), frames: request.street.frames,
        side: request.street.side)
      let content = drive.contentHash
      if known.insert(content).inserted {
        let labels = EpisodeLabels(drive, number: number)
        try append(drive, labels, to: &archive)
        drives.append(Drive(labels, content: content))
      }
      try onDrive(number)
    }
    let bytes = archive.encoded
    let record = Record(
      request: try request.hash(), sha256: FileHash.sha256(of: bytes), bytes: bytes.count,
      episodes: drives)
    return (bytes, record)
  }

  private func append(
    _ drive: StreetEpisode, _ labels: EpisodeLabels, to archive: inout TarArchive
  ) throws {
    let key = String(format: "%08d", labels.episode)
    for (name, data) in [
      ("frames.apng", try drive.frames.encoded(as: .apng)),
      ("masks.apng", try drive.masks.encoded(as: .apng)),
      ("json", try encoder.encode(labels)),
      ("txt", Data(drive.caption.utf8)),
    ] {
      archive.append(TarArchive.Entry(name: "\(key).\(name)", data: data))
    }
  }
}

extension StreetShard.Drive {
  init(_ labels: EpisodeLabels, content: String) {
    func count(_ kind: StreetEvent.Kind) -> Int { labels.events.filter { $0.kind == kind }.count }
    self.init(
      number: labels.episode, content: content, weather: labels.weather, split: labels.split,
      frames: labels.frames, crossings: count(.crossing), collisions: count(.collision))
  }
}

extension Synthesize.Request {
  /// The request as JSON, the same for the same request.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + "\n".utf8
  }

  /// What names the request.
  func hash() throws -> String { FileHash.sha256(of: try json()) }
}
