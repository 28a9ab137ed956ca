internal import Foundation

/// An open file of the system, closed when it goes out of use.
struct Descriptor: ~Copyable {
  let number: Int32
  let path: String

  /// Opens a path.
  ///
  /// A pipe without a writer, or a terminal, is not waited for.
  init(_ path: String, _ flags: Int32, mode: mode_t = 0, action: String) throws(CheckpointError) {
    guard !path.utf8.contains(0) else {
      throw .system(file: path, action: action, reason: "its name holds U+0000")
    }
    let number = open(path, flags | O_CLOEXEC | O_NONBLOCK, mode)
    guard number >= 0 else { throw .system(path, action) }
    self.number = number
    self.path = path
  }

  deinit {
    close(number)
  }

  /// What the system says of the file, if it is a file.
  func status() throws(CheckpointError) -> stat {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .system(path, "examine") }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw .notAFile(file: path, found: Self.name(of: kind)) }
    return status
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

extension CheckpointError {
  /// The system's last error.
  static func system(_ path: String, _ action: String) -> CheckpointError {
    .system(file: path, action: action, reason: String(cString: strerror(errno)))
  }
}
