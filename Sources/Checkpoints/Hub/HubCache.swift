internal import Files
internal import Foundation

/// The folder of a model in the cache that Hugging Face's tools share:
/// `models--owner--name/{blobs,snapshots,refs}`.
struct HubCache: Sendable {
  let folder: URL
  private let locks: URL

  init(_ root: URL, repository: String) {
    let name = "models--" + repository.replacing("/", with: "--")
    folder = root.appending(path: name, directoryHint: .isDirectory)
    locks = root.appending(path: ".locks/\(name)", directoryHint: .isDirectory)
  }

  /// Where the bytes with a hash are.
  func blob(_ etag: String) -> URL { folder.appending(path: "blobs/\(etag)") }

  /// Where bytes are until they are whole.
  func partial(_ etag: String) -> URL { folder.appending(path: "blobs/\(etag).incomplete") }

  /// Where the files of a commit are.
  func snapshot(_ commit: String) -> URL {
    folder.appending(path: "snapshots/\(commit)", directoryHint: .isDirectory)
  }

  /// Makes the folders, and takes the right to write a blob, for which another process may have to
  /// end first.
  func lock(_ etag: String) async throws -> Descriptor {
    try Folder.make(folder.appending(path: "blobs"))
    try Folder.make(locks)
    let path = locks.appending(path: "\(etag).lock").path(percentEncoded: false)
    let file = try Descriptor(path, O_RDWR | O_CREAT, mode: 0o666, action: "lock")
    while try !file.lock() { try await Task.sleep(for: .milliseconds(100)) }
    return file
  }

  /// Whether all bytes with a hash are there.
  func has(_ file: HubFile) -> Bool {
    var status = stat()
    let path = blob(file.etag).path(percentEncoded: false)
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && Int(status.st_size) == file.size
  }

  /// Shows files at a commit, and the commit under a revision's name.
  func publish(_ files: [HubFile], commit: String, revision: String) throws {
    for file in files {
      let place = snapshot(commit).appending(path: file.path)
      try Folder.make(place.deletingLastPathComponent())
      let steps = file.path.utf8.count(where: { $0 == UInt8(ascii: "/") })
      let target = String(repeating: "../", count: steps + 2) + "blobs/\(file.etag)"
      try Self.link(place.path(percentEncoded: false), to: target)
    }
    guard revision != commit else { return }
    let ref = folder.appending(path: "refs/\(revision)")
    try Folder.make(ref.deletingLastPathComponent())
    try AtomicFile.write(Data(commit.utf8), to: ref)
  }

  /// Puts a link in place of what is there.
  private static func link(_ path: String, to target: String) throws(FileError) {
    let new = "\(path).\(ProcessInfo.processInfo.processIdentifier).link"
    guard symlink(target, new) == 0 else { throw .last(path, "link") }
    guard rename(new, path) == 0 else {
      let error = FileError.last(path, "link")
      unlink(new)
      throw error
    }
  }
}
