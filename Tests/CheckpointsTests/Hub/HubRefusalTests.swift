import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Answers that no sound hub gives leave nothing behind.
@Suite(.serialized) struct HubRefusalTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test(
    "names of files that leave the model's folder are refused",
    arguments: [
      "../x", "/etc/x", "a/../../x", "a//b", "", ".", "a\\b", "a\u{1}b",
      String(repeating: "x", count: 256), String(repeating: "a/", count: 20) + "x",
    ])
  func paths(_ name: String) async throws {
    try await expect(.path(name), try LocalHub(names: ["README.md", name]))
  }

  @Test("other bytes, or more of them, are refused")
  func bytes() async throws {
    let whole = try #require(LocalHub.files[LocalHub.large])
    let error = try await refusal(
      of: LocalHub { request, answer in
        if request.path.hasSuffix(LocalHub.large), !answer.body.isEmpty { answer.body[7] ^= 1 }
      })
    guard case .hash(LocalHub.large, LocalHub.etag(whole), _) = error else { throw error }
    let endless = try await refusal(
      of: LocalHub { request, answer in
        answer.isEndless = request.method == "GET" && request.path.hasSuffix(LocalHub.large)
      })
    guard case .size(LocalHub.large, expected: 300_000, _) = endless else { throw endless }
  }

  @Test("an answer without an end is not read to it")
  func endless() async throws {
    let hub = try LocalHub { _, answer in answer.isEndless = true }
    let url = try #require(URL(string: "\(hub.server.url)/api/models/t/m/revision/main"))
    let client = HubClient(endpoint: url, token: nil)
    let error = HubError.answer(
      url: url.absoluteString, expected: "at most 100000 bytes", found: "more")
    await #expect(throws: error) { try await client.get(url).text(limit: 100_000) }
  }

  @Test(
    "heads that say too little are refused",
    arguments: [
      ("ETag", nil, "a SHA-256 or SHA-1 as ETag", "none"),
      ("ETag", "\"../x\"", "a SHA-256 or SHA-1 as ETag", "\"../x\""),
      ("X-Repo-Commit", "b", "X-Repo-Commit \(LocalHub.commit)", "b"),
      ("X-Linked-Size", "-1", "a size in bytes as x-linked-size", "-1"),
    ] as [(String, String?, String, String)])
  func heads(_ name: String, _ value: String?, _ expected: String, _ found: String) async throws {
    let hub = try LocalHub(names: ["README.md"]) { request, answer in
      guard request.method == "HEAD" else { return }
      answer.headers[name] = value
    }
    let url = "\(hub.server.url)/t/m/resolve/\(LocalHub.commit)/README.md"
    try await expect(.answer(url: url, expected: expected, found: found), hub)
  }

  @Test(
    "a listing without a commit, or without JSON, is refused",
    arguments: ["{}", #"{"sha":"x","siblings":[]}"#])
  func listings(_ text: String) async throws {
    let error = try await refusal(
      of: LocalHub { request, answer in
        if request.path.hasPrefix("/api/") { answer.body = Array(text.utf8) }
      })
    guard case .answer = error else { throw error }
  }

  @Test(
    "redirects to other kinds of places, or in a circle, are refused",
    arguments: ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://user@127.0.0.1/x"])
  func redirects(_ place: String) async throws {
    let hub = try LocalHub(names: [LocalHub.large]) { request, answer in
      guard request.path.hasSuffix(LocalHub.large) else { return }
      answer.status = 302
      answer.headers["Location"] = place
      answer.body = []
    }
    let url = "\(hub.server.url)/t/m/resolve/\(LocalHub.commit)/\(LocalHub.large)"
    try await expect(.redirect(url: url, found: place), hub)
    let circle = try LocalHub { request, answer in
      guard request.path.hasPrefix("/t/m/resolve") else { return }
      answer.status = 307
      answer.headers["Location"] = request.path
    }
    guard case .redirect = try await refusal(of: circle) else {
      Issue.record("expected the circle to be refused")
      return
    }
  }

  @Test("a hub that says no is quoted, and one that is not there is named")
  func refusals() async throws {
    let hub = try LocalHub { _, answer in
      answer.status = 401
      answer.headers["X-Error-Code"] = "GatedRepo"
      answer.headers["X-Error-Message"] = "Access restricted"
    }
    let url = "\(hub.server.url)/api/models/t/m/revision/main"
    try await expect(
      .refused(url: url, status: 401, message: "GatedRepo: Access restricted"), hub)
    let settings = try HubSettings(
      environment: ["HF_ENDPOINT": "http://127.0.0.1:1", "HF_HUB_CACHE": path(folder.url)],
      home: folder.url)
    let error = try #require(
      await #expect(throws: HubError.self) {
        try await Hub(settings).pull("t/m", revision: "main")
      })
    guard case .connection = error else { throw error }
  }

  @Test(
    "names that cannot be a model's or a revision's are not asked for",
    arguments: [
      ("a/b/c", "main"), ("../x", "main"), ("a--b", "main"), ("", "main"), ("a/", "main"),
      ("a?b", "main"), ("t/m", "../x"), ("t/m", "a b"), ("t/m", ""),
    ])
  func names(_ repository: String, _ revision: String) async throws {
    let hub = try LocalHub()
    let error = try #require(
      await #expect(throws: HubError.self) {
        try await Hub(hub.settings(folder.url)).pull(repository, revision: revision)
      })
    guard case .name = error else { throw error }
    #expect(hub.server.requests.isEmpty)
  }

  @Test("errors say what was expected and what was found")
  func descriptions() {
    let errors: [(HubError, String)] = [
      (.name("x", expected: "OWNER/NAME"), "expected OWNER/NAME, found \"x\""),
      (.offline, "expected to use the network, found HF_HUB_OFFLINE set"),
      (.connection(url: "u", reason: "r"), "u: expected an answer: r"),
      (.refused(url: "u", status: 404, message: "m"), "u: expected an answer, found status 404: m"),
      (
        .refused(url: "u", status: 403, message: "m"),
        "u: expected to be let in, found m; a token in HF_TOKEN may help"
      ),
      (.answer(url: "u", expected: "e", found: "f"), "u: expected e, found f"),
      (.path("../x"), "expected files within the model's folder, found \"../x\""),
      (
        .redirect(url: "u", found: "ftp://x"),
        "u: expected to be sent to a place like it at most, found ftp://x"
      ),
      (.size(file: "f", expected: 1, found: 2), "f: expected 1 bytes, found 2"),
      (
        .hash(file: "f", expected: "a", found: "b"),
        "f: expected bytes with the hash a, found b"
      ),
      (.noFiles(repository: "t/m"), "t/m: expected files that fit the patterns, found none"),
    ]
    for (error, text) in errors { #expect(error.description == text) }
  }

  private func expect(_ expected: HubError, _ hub: LocalHub) async throws {
    #expect(try await refusal(of: hub) == expected)
  }

  /// The error of a pull, which leaves no bytes, no snapshot and no revision.
  private func refusal(of hub: LocalHub) async throws -> HubError {
    let error = await #expect(throws: HubError.self) {
      try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main")
    }
    let cache = path(folder.url.appending(path: "models--t--m"))
    #expect(!FileManager.default.fileExists(atPath: cache + "/snapshots"))
    #expect(!FileManager.default.fileExists(atPath: cache + "/refs"))
    if FileManager.default.fileExists(atPath: cache + "/blobs") {
      let whole = Set(LocalHub.files.values.map(LocalHub.etag))
      let names = try FileManager.default.contentsOfDirectory(atPath: cache + "/blobs")
      #expect(whole.isSuperset(of: names), "\(names)")
    }
    return try #require(error)
  }

  private func path(_ url: URL) -> String { url.path(percentEncoded: false) }
}
