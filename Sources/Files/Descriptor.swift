package import Foundation

/// An open file of the system, closed when it goes out of use.
package struct Descriptor: ~Copyable {
  /// The system's number.
  package let number: Int32
  /// What errors call the file.
  package let path: String

  /// Opens a path.
  ///
  /// A pipe without a writer, or a terminal, is not waited for.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - flags: Those of `open`; `O_CLOEXEC` and `O_NONBLOCK` are added.
  ///   - mode: The permissions of a file that is made, before the process's mask.
  ///   - action: What errors say is to be done.
  /// - Throws: `FileError` if the system refuses.
  package init(
    _ path: String, _ flags: Int32, mode: mode_t = 0, action: String
  ) throws(FileError) {
    try self.init(path, flags, mode: mode, action: action, called: path)
  }

  init(
    _ path: String, _ flags: Int32, mode: mode_t, action: String, called name: String
  ) throws(FileError) {
    guard !path.utf8.contains(0) else {
      throw .system(path: name, action: action, reason: "its name holds U+0000")
    }
    let number = open(path, flags | O_CLOEXEC | O_NONBLOCK, mode)
    guard number >= 0 else { throw .last(name, action) }
    self.number = number
    self.path = name
  }

  deinit {
    close(number)
  }
}

extension Descriptor {
  /// What the system says of the file, if it is a file.
  package func status() throws(FileError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .last(path, "examine") }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw .notAFile(path: path, found: Self.name(of: kind)) }
    return status
  }

  /// Appends bytes, all of them.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Linux writes 2 GB at most at once.
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      let written = Foundation.write(number, part.baseAddress, part.count)
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { throw .last(path, "write") }
      rest = rest.dropFirst(written)
    }
  }

  /// Appends bytes, all of them.
  package func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Waits until all that was written is on the disk.
  package func synchronize() throws(FileError) {
    guard fsync(number) == 0 else { throw .last(path, "save") }
  }

  /// Takes the file for this process alone; the system gives it up with the descriptor.
  ///
  /// - Returns: Whether nobody else has it.
  package func lock() throws(FileError) -> Bool {
    if flock(number, LOCK_EX | LOCK_NB) == 0 { return true }
    guard errno == EWOULDBLOCK else { throw .last(path, "lock") }
    return false
  }

  private static func name(of kind: mode_t) -> String {
    switch kind {
    case S_IFDIR: "a folder"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "something else"
    }
  }
}
