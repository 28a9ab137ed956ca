internal import Foundation

// The few calls that `FileManager` lacks, with errors that name the path.

extension TrainingError {
  /// What the system said last.
  static func lastSystem(_ url: URL, _ action: String) -> TrainingError {
    .system(
      path: url.path(percentEncoded: false), action: action,
      reason: String(cString: strerror(errno)))
  }
}

/// Makes the folder and those above it, unless they are there.
func makeFolder(_ url: URL) throws(TrainingError) {
  do {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  } catch {
    throw .system(
      path: url.path(percentEncoded: false), action: "make the folder", reason: reason(error))
  }
}

/// Removes a folder with all that is in it.
func removeFolder(_ url: URL) throws(TrainingError) {
  do {
    try FileManager.default.removeItem(at: url)
  } catch {
    throw .system(path: url.path(percentEncoded: false), action: "remove", reason: reason(error))
  }
}

/// Removes a folder as far as the system lets; what stays, the next run removes.
func discard(_ url: URL) {
  _ = Result { try FileManager.default.removeItem(at: url) }
}

/// The names in a folder, sorted.
func names(in url: URL) throws(TrainingError) -> [String] {
  do {
    return try FileManager.default.contentsOfDirectory(
      atPath: url.path(percentEncoded: false)
    ).sorted()
  } catch {
    throw .system(path: url.path(percentEncoded: false), action: "list", reason: reason(error))
  }
}

/// Gives a file or folder another name, in one step.
func move(_ url: URL, to target: URL) throws(TrainingError) {
  let from = url.path(percentEncoded: false)
  guard rename(from, target.path(percentEncoded: false)) == 0 else {
    throw .lastSystem(target, "put in place")
  }
}

/// Waits until the entries of a folder are on the disk.
func synchronize(folder url: URL) throws(TrainingError) {
  let descriptor = open(url.path(percentEncoded: false), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .lastSystem(url, "open") }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw .lastSystem(url, "save the entries of") }
}

/// The system's own words, below what Foundation wraps around them.
private func reason(_ error: any Error) -> String {
  let error = error as NSError
  if let inner = error.userInfo[NSUnderlyingErrorKey] as? any Error { return reason(inner) }
  return error.domain == NSPOSIXErrorDomain
    ? String(cString: strerror(Int32(error.code))) : error.localizedDescription
}
