package import Foundation

/// A file that is either wholly written or not there: the old one stays until the new one is safe.
package enum AtomicFile {
  /// Writes a file beside its place, and renames it when it is on the disk.
  ///
  /// If `body` throws, nothing is left behind and what stood there before still does. What a killed
  /// process leaves is one hidden file that ends in `.partial`; the next writer takes it over. The
  /// new file has the permissions of the old one.
  ///
  /// - Parameters:
  ///   - url: Where the file is to be.
  ///   - body: Writes the bytes.
  /// - Throws: `FileError`, or what `body` throws.
  package static func write(to url: URL, _ body: (borrowing Descriptor) throws -> Void) throws {
    let path = url.path(percentEncoded: false)
    let folder = url.deletingLastPathComponent()
    let partial = folder.appending(path: ".\(url.lastPathComponent).partial")
      .path(percentEncoded: false)
    let mode = permissions(of: path)
    let file = try claim(partial, for: path, mode: mode)
    do {
      guard ftruncate(file.number, 0) == 0 else { throw FileError.last(path, "write") }
      try body(file)
      if let mode, fchmod(file.number, mode) != 0 { throw FileError.last(path, "write") }
      try file.synchronize()
      guard rename(partial, path) == 0 else { throw FileError.last(path, "replace") }
    } catch {
      unlink(partial)
      throw error
    }
    try Folder.synchronize(folder)
  }

  /// Writes a file beside its place, and renames it when it is on the disk.
  ///
  /// - Parameters:
  ///   - bytes: All bytes of the file.
  ///   - url: Where the file is to be.
  /// - Throws: `FileError`.
  package static func write(_ bytes: some ContiguousBytes, to url: URL) throws {
    try write(to: url) { file in try bytes.withUnsafeBytes { try file.write($0) } }
  }

  /// Opens the file beside, for this process alone.
  ///
  /// While it is written, it may be read by those who may read the old one, and no others.
  private static func claim(
    _ partial: String, for path: String, mode: mode_t?
  ) throws(FileError) -> Descriptor {
    let mode = mode.map { $0 | S_IWUSR } ?? 0o666
    while true {
      // The user knows the file; only what is in the way beside it is called by its own name.
      var current = stat()
      let name = lstat(partial, &current) == 0 ? partial : path
      let file = try Descriptor(
        partial, O_WRONLY | O_CREAT | O_NOFOLLOW, mode: mode, action: "write", called: name)
      let status = try file.status()
      guard status.st_nlink <= 1 else {
        throw .notAFile(path: partial, found: "a second name of another file")
      }
      guard try file.lock() else { throw .busy(path: path) }
      // Its former writer may have renamed it between our opening and our locking.
      if lstat(partial, &current) == 0 && current.st_ino == status.st_ino { return file }
    }
  }

  /// Who may read, write and run the file that is there.
  private static func permissions(of path: String) -> mode_t? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return status.st_mode & 0o777
  }
}
