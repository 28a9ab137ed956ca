internal import Files
internal import Foundation

/// Fetches the bytes of a file into a cache, from where an earlier try left off.
struct HubDownload: Sendable {
  let file: HubFile
  let client: HubClient
  let cache: HubCache
  /// How long to wait before the first try again.
  let pause: Duration
  /// Is told how many bytes of the file are there.
  let report: @Sendable (Int) -> Void

  /// How often a file is asked for without a byte more.
  private static let tries = 5

  /// Fetches what is not there.
  ///
  /// What a lost connection or a killed process leaves is gone on with; bytes that are not those
  /// that the hub named are removed.
  ///
  /// - Throws: ``HubError``, or a `FileError`.
  func callAsFunction() async throws {
    let lock = try await cache.lock(file.etag)
    defer { _ = lock.number }
    guard !cache.has(file) else { return report(file.size) }
    var (attempt, before) = (1, fetched)
    while true {
      do {
        return try await fetch()
      } catch let error as HubError where error.isTransient && attempt < Self.tries {
        (attempt, before) = (fetched > before ? 1 : attempt + 1, fetched)
        try await Task.sleep(for: pause * (1 << (attempt - 1)))
      }
    }
  }

  /// How many bytes an earlier try left.
  private var fetched: Int {
    var status = stat()
    let path = cache.partial(file.etag).path(percentEncoded: false)
    return lstat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private func fetch() async throws {
    let path = cache.partial(file.etag).path(percentEncoded: false)
    let partial = try Descriptor(
      path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o666, action: "write")
    var hash = BlobHash(like: file.etag, size: file.size)
    var count = try Self.read(partial, into: &hash, limit: file.size)
    do {
      if count < file.size {
        let answer = try await client.get(file.url, from: count)
        if count > 0, !continues(answer, from: count) {
          hash = BlobHash(like: file.etag, size: file.size)
          count = 0
          try Self.empty(partial)
        }
        for try await part in answer.body {
          count += part.count
          guard count <= file.size else {
            throw HubError.size(file: file.path, expected: file.size, found: count)
          }
          hash.update(part)
          try part.withUnsafeBytes { try partial.write($0) }
          report(count)
        }
      }
      guard count == file.size else {
        throw HubError.connection(
          url: file.url.absoluteString, reason: "\(count) of \(file.size) bytes came")
      }
      guard hash.name == file.etag else {
        throw HubError.hash(file: file.path, expected: file.etag, found: hash.name)
      }
    } catch let error as HubError {
      try discard(path, for: error, count: count)
      throw error
    }
    try partial.synchronize()
    try Folder.move(cache.partial(file.etag), to: cache.blob(file.etag))
  }

  /// Whether an answer is the rest of the file; one that begins anew is sound too.
  private func continues(_ answer: HubAnswer, from start: Int) -> Bool {
    answer.status == 206
      && answer.headers["content-range"] == "bytes \(start)-\(file.size - 1)/\(file.size)"
  }

  /// Removes bytes that are wrong, or none at all; those of a cut connection are kept.
  private func discard(_ path: String, for error: HubError, count: Int) throws {
    if case .connection = error, count > 0 { return }
    if case .refused(_, let status, _) = error, status != 416, count > 0 { return }
    unlink(path)
  }

  private static func empty(_ file: borrowing Descriptor) throws(FileError) {
    guard ftruncate(file.number, 0) == 0, lseek(file.number, 0, SEEK_SET) == 0 else {
      throw .last(file.path, "write")
    }
  }

  /// Hashes the bytes that are there; of more than there may be, none is kept.
  private static func read(
    _ file: borrowing Descriptor, into hash: inout BlobHash, limit: Int
  ) throws(FileError) -> Int {
    guard Int(try file.status().st_size) <= limit else {
      try empty(file)
      return 0
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var all = 0
    while true {
      let count = Foundation.read(file.number, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last(file.path, "read") }
      guard count > 0 else { return all }
      hash.update(buffer[..<count])
      all += count
    }
  }
}
