public import Files

/// What is wrong with a checkpoint's file, or with what is asked of it.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// There is no such file, or the system does not let it be read.
  case unreadable(FileError)
  /// The file is too short for what it says of itself.
  case truncated(file: String, part: String, expected: UInt64, found: Int)
  /// The header is longer than any header may be.
  case headerTooLong(file: String, found: UInt64, limit: Int)
  /// The text of a header is not what the format wants; `offset` counts bytes of the file.
  case syntax(file: String, offset: Int, expected: String, found: String)
  /// A name stands twice where it may stand once.
  case repeated(file: String, what: String, name: String)
  /// A tensor's description contradicts itself or the file.
  case malformed(file: String, tensor: String, expected: String, found: String)
  /// Bytes of the file belong to no tensor.
  case uncovered(file: String, offset: Int, end: Int)
  /// No tensor of that name is there.
  case missing(file: String, tensor: String)
  /// The tensor is sound, but LibTorch has no such elements.
  case unsupported(file: String, tensor: String, dtype: String)
  /// The parts of a checkpoint in several files do not fit together.
  case shard(file: String, expected: String, found: String)

  /// What was expected, what was found, and where.
  public var description: String {
    switch self {
    case .unreadable(let error):
      error.description
    case .truncated(let file, let part, let expected, let found):
      "\(file): \(part): expected \(expected) bytes, found \(found)"
    case .headerTooLong(let file, let found, let limit):
      "\(file): header: expected at most \(limit) bytes, found a length of \(found)"
    case .syntax(let file, let offset, let expected, let found):
      "\(file): byte \(offset): expected \(expected), found \(found)"
    case .repeated(let file, let what, let name):
      "\(file): expected \(what) \(name.debugDescription) once, found it again"
    case .malformed(let file, let tensor, let expected, let found):
      "\(file): \(tensor.debugDescription): expected \(expected), found \(found)"
    case .uncovered(let file, let offset, let end):
      "\(file): byte \(offset): expected every byte to be of a tensor, found none up to byte \(end)"
    case .missing(let file, let tensor):
      "\(file): expected a tensor \(tensor.debugDescription), found none"
    case .unsupported(let file, let tensor, let dtype):
      "\(file): \(tensor.debugDescription): expected elements that LibTorch has, found \(dtype)"
    case .shard(let file, let expected, let found):
      "\(file): expected \(expected), found \(found)"
    }
  }
}
