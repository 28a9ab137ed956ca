package import Foundation

/// A file that is either wholly written or not there: the old one stays until the new one is safe.
package enum AtomicFile {
  /// Takes the bytes of a file, one after the other.
  package struct Sink: ~Copyable {
    fileprivate let descriptor: Descriptor
    private let path: String

    fileprivate init(_ descriptor: consuming Descriptor, for path: String) {
      self.descriptor = descriptor
      self.path = path
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
      var rest = bytes[...]
      while !rest.isEmpty {
        // Linux writes 2 GB at most at once.
        let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
        let written = Foundation.write(descriptor.number, part.baseAddress, part.count)
        if written < 0 && errno == EINTR { continue }
        guard written >= 0 else { throw .system(path, "write") }
        rest = rest.dropFirst(written)
      }
    }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try write($0) }
    }
  }

  /// Writes a file beside its place, and renames it when it is on the disk.
  ///
  /// If `body` throws, nothing is left behind and what stood there before still does. What a killed
  /// process leaves is one hidden file that ends in `.partial`; the next writer takes it over.
  ///
  /// - Parameters:
  ///   - url: Where the file is to be.
  ///   - body: Gives the bytes.
  /// - Throws: `CheckpointError`, or what `body` throws.
  package static func write(to url: URL, _ body: (borrowing Sink) throws -> Void) throws {
    let path = url.path(percentEncoded: false)
    let folder = url.deletingLastPathComponent()
    let partial = folder.appending(path: ".\(url.lastPathComponent).partial")
      .path(percentEncoded: false)
    let sink = Sink(try claim(partial, for: path), for: path)
    do {
      guard ftruncate(sink.descriptor.number, 0) == 0 else {
        throw CheckpointError.system(path, "write")
      }
      try body(sink)
      guard fsync(sink.descriptor.number) == 0 else { throw CheckpointError.system(path, "write") }
      guard rename(partial, path) == 0 else { throw CheckpointError.system(path, "replace") }
    } catch {
      unlink(partial)
      throw error
    }
    let directory = try Descriptor(
      folder.path(percentEncoded: false), O_RDONLY | O_DIRECTORY, action: "open")
    guard fsync(directory.number) == 0 else {
      throw CheckpointError.system(directory.path, "save the entry in")
    }
  }

  /// Opens the file beside, for this process alone.
  private static func claim(
    _ partial: String, for path: String
  ) throws(CheckpointError) -> Descriptor {
    while true {
      let descriptor = try Descriptor(
        partial, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: 0o666, action: "write")
      let status = try descriptor.status()
      guard status.st_nlink <= 1 else {
        throw .notAFile(file: partial, found: "a second name of another file")
      }
      guard flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 else {
        if errno == EWOULDBLOCK { throw .busy(file: path) }
        throw .system(path, "lock")
      }
      // Its former writer may have renamed it between our opening and our locking.
      var current = stat()
      if lstat(partial, &current) == 0 && current.st_ino == status.st_ino { return descriptor }
    }
  }
}
