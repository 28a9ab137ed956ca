internal import CFiles
package import Foundation

/// What is done to folders, with errors that name the path and the system's reason.
package enum Folder {
  /// Makes the folder and those above it, unless they are there.
  package static func make(_ url: URL) throws(FileError) {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      let path = url.path(percentEncoded: false)
      var status = stat()
      // The system only says that there is something, which a folder is not refused for.
      if stat(plainPath(url), &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
        errno = ENOTDIR
        throw .last(path, "make the folder")
      }
      throw FileError(error, path, "make the folder")
    }
  }

  /// Makes a folder where nothing is yet.
  package static func makeNew(_ url: URL) throws(FileError) {
    guard mkdir(plainPath(url), 0o777) == 0 else {
      throw .last(url.path(percentEncoded: false), "make the folder")
    }
  }

  /// Removes a folder with all that is in it.
  package static func remove(_ url: URL) throws(FileError) {
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      throw FileError(error, url.path(percentEncoded: false), "remove")
    }
  }

  /// Removes a folder as far as the system lets.
  package static func discard(_ url: URL) {
    _ = Result { try FileManager.default.removeItem(at: url) }
  }

  /// The names of what is in a folder, sorted.
  package static func names(in url: URL) throws(FileError) -> [String] {
    let path = url.path(percentEncoded: false)
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch {
      throw FileError(error, path, "list")
    }
  }

  /// Gives a file or folder another name, in one step.
  package static func move(_ url: URL, to target: URL) throws(FileError) {
    guard rename(plainPath(url), plainPath(target)) == 0 else {
      throw .last(target.path(percentEncoded: false), "put in place")
    }
  }

  /// Puts a folder in the place of another, or of none.
  ///
  /// There is a whole folder in the place at every moment, and what was there goes only when the
  /// new one has its place. Where the file system cannot exchange two names in one step, the place
  /// is empty for a moment: a process that is killed then leaves what was there beside it, under
  /// the new one's name with `.old`.
  ///
  /// - Parameters:
  ///   - target: The place.
  ///   - new: A whole folder on the same disk.
  /// - Throws: `FileError`.
  package static func replace(_ target: URL, with new: URL) throws(FileError) {
    guard FileManager.default.fileExists(atPath: target.path(percentEncoded: false)) else {
      return try move(new, to: target)
    }
    if cfiles_exchange(plainPath(new), plainPath(target)) == 0 { return try remove(new) }
    let old = new.appendingPathExtension("old")
    try move(target, to: old)
    do {
      try move(new, to: target)
    } catch {
      try move(old, to: target)
      throw error
    }
    try remove(old)
  }

  /// Copies a file, or what a link to one leads to.
  package static func copy(_ file: URL, to target: URL) throws(FileError) {
    do {
      try FileManager.default.copyItem(at: file.resolvingSymlinksInPath(), to: target)
    } catch {
      throw FileError(error, file.path(percentEncoded: false), "copy")
    }
  }

  /// Waits until the entries of a folder are on the disk.
  package static func synchronize(_ url: URL) throws(FileError) {
    let folder = try Descriptor(
      url.path(percentEncoded: false), O_RDONLY | O_DIRECTORY, action: "open")
    guard fsync(folder.number) == 0 else { throw .last(folder.path, "save the entries of") }
  }

  /// A path without a slash at its end, which would stand for what a link leads to.
  private static func plainPath(_ url: URL) -> String {
    url.deletingLastPathComponent().appending(
      path: url.lastPathComponent, directoryHint: .notDirectory
    ).path(percentEncoded: false)
  }
}
