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
  /// - Throws: `TrainingError.system` if the folder cannot be read.
  public func checkpoints() throws -> [RunCheckpoint] {
    try names(in: url).compactMap { name in
      RunCheckpoint.step(of: name).map { RunCheckpoint(url: url.appending(path: name), step: $0) }
    }.sorted { $0.step < $1.step }
  }

  /// Removes what a killed run left half done.
  func removeLeftovers() throws {
    for name in try names(in: url) where RunCheckpoint.isLeftover(name) {
      try removeFolder(url.appending(path: name))
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
      try makeFolder(partial.url)
      try write(partial)
      try synchronize(folder: partial.url)
      try move(partial.url, to: checkpoint.url)
    } catch {
      discard(partial.url)
      throw error
    }
    try synchronize(folder: url)
    for old in try checkpoints().dropLast(2) {
      let leftover = url.appending(path: RunCheckpoint.leftoverName(old.step))
      try move(old.url, to: leftover)
      try removeFolder(leftover)
    }
    return checkpoint
  }
}

/// Makes a run's folder and keeps other processes from training in it; the system forgets it with the process.
final class FolderLock {
  private let descriptor: Int32

  init(_ folder: RunFolder) throws(TrainingError) {
    try makeFolder(folder.samples)
    let url = folder.url.appending(path: ".lock")
    descriptor = open(
      url.path(percentEncoded: false), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw .lastSystem(url, "write") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      close(descriptor)
      if failure == EWOULDBLOCK { throw .busy(folder: folder.url.path(percentEncoded: false)) }
      errno = failure
      throw .lastSystem(url, "lock")
    }
  }

  deinit { close(descriptor) }
}
