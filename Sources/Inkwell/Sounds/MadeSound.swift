internal import Checkpoints
public import Foundation
public import Modalities

/// A sound that a request asked for, with what is needed to make it again.
public struct MadeSound: Sendable {
  /// The place among the sounds of the run, counted from 0.
  public let index: Int
  /// The sound.
  public let sound: Sound
  /// How it was made.
  public let provenance: SoundProvenance
  /// The time that it took, in seconds, the model's loading not counted.
  public let seconds: Double

  /// What it was asked to be.
  public var prompt: String { provenance.request.prompts[0] }

  /// The seed of its noise.
  public var seed: UInt64 { provenance.request.seed }

  /// Writes a sound file that carries the provenance, and that is whole or not there.
  ///
  /// - Parameter url: The file, whose name's extension decides the format. What was there is
  ///   replaced.
  /// - Returns: The file's SHA-256.
  /// - Throws: `SoundError`, a `FileError` or a `CheckpointError`.
  @discardableResult
  public func save(to url: URL) throws -> String {
    var notes = SoundNotes(title: prompt)
    notes.record = try recordText(provenance)
    try sound.save(to: url, notes: notes)
    return try FileHash.sha256(of: url)
  }
}

/// How a sound was made: what its file carries so that it can be made again.
public struct SoundProvenance: MakingRecord, Codable, Sendable, Hashable {
  /// The version of this layout.
  public static let currentVersion = 1
  /// The task that makes sounds.
  public static let task = "music"

  /// The version of the layout.
  public let version: Int
  /// The task that made it.
  public let task: String
  /// The program and its version.
  public let program: String
  /// What was asked for: one sound, and nothing left to the model.
  public let request: Music.Request
  /// The SHA-256 of every file on which the sound depends, by its path in the model's folder.
  public let files: [String: String]
  /// The SHA-256 of the sound that it began with, if it did.
  public let source: String?
  /// The threads of one operation.
  public let threads: Int

  init(request: Music.Request, files: [String: String], source: String?, threads: Int) {
    version = Self.currentVersion
    task = Self.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.source = source
    self.threads = threads
  }

  /// Reads what a sound's file carries.
  ///
  /// - Parameter url: A sound file.
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made it, or `SoundError`.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    guard let record = try SoundNotes(contentsOf: url).record else {
      throw ProvenanceError.none(file: path)
    }
    self = try decodedRecord(Data(record.utf8), of: path, version: Self.currentVersion)
    guard (1...1024).contains(threads), request.total == 1, task == Self.task else {
      throw ProvenanceError.malformed(file: path, reason: "expected one sound of a task")
    }
  }
}
