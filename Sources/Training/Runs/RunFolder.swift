internal import Files
public import Foundation

/// The folder of a run: its checkpoints, the curve of its loss, and its samples.
///
/// ```
/// checkpoint-00001000/   weights, average, optimizer, state.json; the last two are kept
/// loss.csv               a row a step
/// samples/               what the caller draws
/// ```
public struct RunFolder: Sendable, Hashable {
  /// The folder.
  public let url: URL

  /// A folder that is there, or will be when the run begins.
  public init(_ url: URL) {
    self.url = url
  }

  /// Where the caller's samples go.
  public var samples: URL { url.appending(path: "samples", directoryHint: .isDirectory) }

  /// The loss of every step: `step,loss,gradient_norm,learning_rate`.
  public var lossCurve: URL { url.appending(path: "loss.csv") }

  /// The complete checkpoints, the last one last.
  ///
  /// - Throws: `FileError` if the folder cannot be read.
  public func checkpoints() throws -> [RunCheckpoint] {
    try Folder.names(in: url).compactMap { name in
      RunCheckpoint.step(of: name).map { RunCheckpoint(url: url.appending(path: name), step: $0) }
    }.sorted { $0.step < $1.step }
  }

  /// Removes what a killed run left half done.
  func removeLeftovers() throws {
    for name in try Folder.names(in: url) where RunCheckpoint.isLeftover(name) {
      try Folder.remove(url.appending(path: name))
    }
  }

  /// Puts a checkpoint in place when `write` has filled it and it is on the disk, and removes all
  /// but the last two.
  func add(step: Int, _ write: (RunCheckpoint) throws -> Void) throws -> RunCheckpoint {
    let checkpoint = RunCheckpoint(
      url: url.appending(path: RunCheckpoint.name(step)), step: step)
    let partial = RunCheckpoint(
      url: url.appending(path: RunCheckpoint.partialName(step)), step: step)
    do {
      try Folder.make(partial.url)
      try write(partial)
      try Folder.synchronize(partial.url)
      try Folder.move(partial.url, to: checkpoint.url)
    } catch {
      // What stays all the same, the next run removes.
      Folder.discard(partial.url)
      throw error
    }
    try Folder.synchronize(url)
    for old in try checkpoints().dropLast(2) {
      let leftover = url.appending(path: RunCheckpoint.leftoverName(old.step))
      try Folder.move(old.url, to: leftover)
      try Folder.remove(leftover)
    }
    return checkpoint
  }
}

/// Makes a run's folder and keeps other processes from training in it, as long as it lives.
final class FolderLock {
  private let file: Descriptor

  init(_ folder: RunFolder) throws {
    try Folder.make(folder.samples)
    let path = folder.url.appending(path: ".lock").path(percentEncoded: false)
    file = try Descriptor(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644, action: "write")
    guard try file.lock() else {
      throw TrainingError.busy(folder: folder.url.path(percentEncoded: false))
    }
  }
}
