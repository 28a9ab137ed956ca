internal import Foundation

/// A file operation that the system refused.
public struct FileError: Error, CustomStringConvertible, Equatable {
  /// What was tried, such as "write".
  public let operation: String
  /// The file.
  public let path: String
  /// The system's number for the reason, as in `errno`.
  public let code: Int32

  /// What was tried, where, and the system's reason.
  public var description: String {
    "cannot \(operation) \(path): \(String(cString: strerror(code)))"
  }
}

/// Files that are whole or not there.
enum AtomicFile {
  /// Writes beside the file, waits until it is on the disk, and renames it into place.
  ///
  /// After a crash at any moment the file is the old one or the new one, and after a failure
  /// nothing is left beside it.
  static func write(_ bytes: Data, to url: URL) throws(FileError) {
    let path = url.path(percentEncoded: false)
    let folder = url.deletingLastPathComponent().path(percentEncoded: false)
    let beside = folder + ".\(url.lastPathComponent).\(UInt64.random(in: .min ... .max)).part"
    let file = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FileError(operation: "write", path: path, code: errno) }
    do throws(FileError) {
      try writeAll(bytes, to: file, path: path)
      guard rename(beside, path) == 0 else {
        throw FileError(operation: "write", path: path, code: errno)
      }
    } catch {
      unlink(beside)
      throw error
    }
    try synchronizeFolder(folder)
  }

  /// Writes, flushes to the disk and closes.
  private static func writeAll(
    _ bytes: Data, to file: CInt, path: String
  ) throws(FileError) {
    var code: Int32 = 0
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count, code == 0 {
        let written = Foundation.write(
          file, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if written >= 0 { offset += written } else if errno != EINTR { code = errno }
      }
    }
    if code == 0, fsync(file) != 0 { code = errno }
    if close(file) != 0, code == 0 { code = errno }
    guard code == 0 else { throw FileError(operation: "write", path: path, code: code) }
  }

  /// Makes a rename in a folder survive a power cut.
  private static func synchronizeFolder(_ folder: String) throws(FileError) {
    let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard handle >= 0 else { throw FileError(operation: "open", path: folder, code: errno) }
    defer { close(handle) }
    guard fsync(handle) == 0 else {
      throw FileError(operation: "synchronize", path: folder, code: errno)
    }
  }
}
