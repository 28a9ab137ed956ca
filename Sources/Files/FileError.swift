internal import Foundation

/// Why a file or a folder could not be read, written or made.
public enum FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The system refused: no such file, no permission, no space.
  case system(path: String, action: String, reason: String)
  /// The path leads to something else than a file: a folder, a pipe, a device.
  case notAFile(path: String, found: String)
  /// Another process is writing the file now.
  case busy(path: String)

  /// The path, what was to be done or expected, and the system's reason or what was found.
  public var description: String {
    switch self {
    case .system(let path, let action, let reason):
      "\(path): cannot \(action): \(reason)"
    case .notAFile(let path, let found):
      "\(path): expected a file, found \(found)"
    case .busy(let path):
      "\(path): expected to write it alone, found another process writing it"
    }
  }
}

extension FileError {
  /// What the system said last of a call of its own.
  package static func last(_ path: String, _ action: String) -> FileError {
    .system(path: path, action: action, reason: String(cString: strerror(errno)))
  }

  /// What the system said below all that Foundation wraps around it.
  package init(_ error: any Error, _ path: String, _ action: String) {
    self = .system(path: path, action: action, reason: Self.reason(error))
  }

  private static func reason(_ error: any Error) -> String {
    let error = error as NSError
    if let inner = error.userInfo[NSUnderlyingErrorKey] as? any Error { return reason(inner) }
    return error.domain == NSPOSIXErrorDomain
      ? String(cString: strerror(Int32(error.code))) : error.localizedDescription
  }
}
