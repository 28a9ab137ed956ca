internal import Checkpoints
internal import Files
internal import Foundation

/// The folder of a synthesized data set, which several processes fill.
///
/// A shard is written whole, and then what is noted of it, so a shard that is noted is there. What
/// a killed process leaves is one hidden file, which the next one takes over.
struct SynthesisFolder {
  static let requestFile = "request.json"
  static let manifestFile = "manifest.json"

  let url: URL
  let request: Synthesize.Request

  /// Makes the folder, or finds it as it was left.
  ///
  /// - Throws: ``SynthesizeError`` if it holds something else or was begun with another request, or
  ///   a `FileError`.
  init(_ url: URL, for request: Synthesize.Request) throws {
    self.url = url
    self.request = request
    try Folder.make(url)
    let file = url.appending(path: Self.requestFile)
    let json = try request.json()
    // Several processes may begin at a time, and one of them writes.
    for attempt in 0... {
      if exists(file) {
        guard try Data(contentsOf: file) == json else {
          throw SynthesizeError.otherRequest(path: url.path(percentEncoded: false))
        }
        return
      }
      let names = try Folder.names(in: url).filter { $0 != ".\(Self.requestFile).partial" }
      guard names.isEmpty || exists(file) else {
        throw SynthesizeError.occupied(path: url.path(percentEncoded: false))
      }
      do {
        try AtomicFile.write(json, to: file)
      } catch FileError.busy where attempt < 100 {
        Thread.sleep(forTimeInterval: 0.05)
      }
    }
  }

  /// The name of a shard's file.
  static func name(ofShard number: Int) -> String { String(format: "shard-%06d.tar", number) }

  /// A shard's file.
  func shard(_ number: Int) -> URL { url.appending(path: Self.name(ofShard: number)) }

  private func recordFile(_ number: Int) -> URL {
    url.appending(path: String(format: "shard-%06d.json", number))
  }

  /// What is noted of a shard; none where it has still to be made.
  ///
  /// - Throws: ``SynthesizeError/damaged(path:reason:)`` for a note that does not read.
  func record(_ number: Int) throws -> StreetShard.Record? {
    let file = recordFile(number)
    guard exists(file), exists(shard(number)) else { return nil }
    let found: StreetShard.Record
    do {
      found = try JSONDecoder().decode(StreetShard.Record.self, from: Data(contentsOf: file))
    } catch let error as DecodingError {
      throw SynthesizeError.damaged(
        path: file.path(percentEncoded: false),
        reason: "expected the note of a shard; delete it to have the shard made again: \(error)")
    }
    return try found.request == request.hash() ? found : nil
  }

  /// Whether a shard is there with the bytes that are noted.
  func isWhole(_ number: Int) throws -> Bool {
    guard let record = try record(number) else { return false }
    return try FileHash.sha256(of: shard(number)) == record.sha256
  }

  /// Writes a shard, and then what is noted of it.
  func write(_ made: (archive: Data, record: StreetShard.Record), shard number: Int) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(made.archive, to: shard(number))
    try AtomicFile.write(try encoder.encode(made.record) + "\n".utf8, to: recordFile(number))
  }
}
