package import Foundation

/// A server of models that speaks Hugging Face's protocol, and the cache of its files.
package struct Hub: Sendable {
  /// How far a pull is.
  package struct Progress: Sendable, Equatable {
    /// The file that is being fetched.
    package let file: String
    /// Its bytes that are there, and all of them.
    package let bytes: Int
    package let size: Int
  }

  private let client: HubClient
  private let root: URL
  private let pause: Duration

  /// A hub by its settings.
  package init(_ settings: HubSettings) {
    client = HubClient(endpoint: settings.endpoint, token: settings.token)
    root = settings.cache
    pause = settings.pause
  }

  /// Brings the files of a model into the cache.
  ///
  /// The revision is asked for once, so that all files are of one commit. Every byte is checked by
  /// the hash that the hub names. The files show in the snapshot, and the commit under the
  /// revision's name, only when all of them are there.
  ///
  /// - Parameters:
  ///   - repository: `owner/name`.
  ///   - revision: A branch, a tag or a commit.
  ///   - include: Patterns with `*` and `?`, of which a file must fit one; all fit if there is
  ///     none.
  ///   - exclude: Patterns of which a file must fit none.
  ///   - report: Is told how far it is.
  /// - Returns: The snapshot's folder.
  /// - Throws: ``HubError``, or a `FileError`.
  package func pull(
    _ repository: String, revision: String, include: [String] = [], exclude: [String] = [],
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> URL {
    let listing = try await HubListing(repository, revision: revision, from: client)
    let wanted = listing.files.filter { path in
      (include.isEmpty || include.contains { Self.fits(path, $0) })
        && !exclude.contains { Self.fits(path, $0) }
    }
    guard !wanted.isEmpty else { throw HubError.noFiles(repository: repository) }
    let cache = HubCache(root, repository: repository)
    var files: [HubFile] = []
    for path in wanted {
      let file = try await HubFile(path, of: listing, from: client)
      let download = HubDownload(file: file, client: client, cache: cache, pause: pause) { bytes in
        report(Progress(file: path, bytes: bytes, size: file.size))
      }
      try await download()
      files.append(file)
    }
    try cache.publish(files, commit: listing.commit, revision: revision)
    return cache.snapshot(listing.commit)
  }

  /// Whether a path fits a pattern, in which `*` stands for any characters, slashes too, and a
  /// slash at the end for all that is in a folder.
  static func fits(_ path: String, _ pattern: String) -> Bool {
    fnmatch(pattern.hasSuffix("/") ? pattern + "*" : pattern, path, 0) == 0
  }
}
