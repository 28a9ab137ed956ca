internal import Foundation

/// What a hub says of a file at a commit.
struct HubFile: Sendable {
  let path: String
  let url: URL
  let size: Int
  /// The SHA-256 of a large file, or the SHA-1 by which git knows a small one.
  let etag: String

  /// Asks for what is known of a file.
  ///
  /// - Throws: ``HubError`` if the answer is of another commit, or has no hash to check bytes by.
  init(_ path: String, of listing: HubListing, from client: HubClient) async throws {
    let repository = listing.repository.split(separator: "/").map(String.init)
    let steps = path.split(separator: "/").map(String.init)
    let url = client.url(repository + ["resolve", listing.commit] + steps)
    self.url = url
    self.path = path
    let headers = try await client.head(url).headers
    func misfit(_ expected: String, _ name: String) -> HubError {
      .answer(url: url.absoluteString, expected: expected, found: headers[name] ?? "none")
    }
    guard headers["x-repo-commit"] == listing.commit else {
      throw misfit("X-Repo-Commit \(listing.commit)", "x-repo-commit")
    }
    let tag = headers["x-linked-etag"] == nil ? "etag" : "x-linked-etag"
    let raw = headers[tag] ?? ""
    etag = (raw.hasPrefix("W/") ? raw.dropFirst(2) : raw[...])
      .trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    guard [40, 64].contains(etag.count), etag.allSatisfy(HubListing.isHexadecimal) else {
      throw misfit("a SHA-256 or SHA-1 as ETag", tag)
    }
    let length = headers["x-linked-size"] == nil ? "content-length" : "x-linked-size"
    guard let size = headers[length].flatMap({ Int($0) }), size >= 0 else {
      throw misfit("a size in bytes as \(length)", length)
    }
    self.size = size
  }
}
