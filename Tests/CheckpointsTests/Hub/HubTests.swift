import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Checkpoints

/// Models from a hub, whole and checked.
@Suite(.serialized) struct HubTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("a model lies in the cache as Hugging Face's tools have it, and is fetched once")
  func fills() async throws {
    let hub = try LocalHub()
    let progress = Mutex<[Hub.Progress]>([])
    let place = try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main") { step in
      progress.withLock { $0.append(step) }
    }
    let cache = folder.url.appending(path: "models--t--m")
    #expect(path(place) == path(cache.appending(path: "snapshots/\(LocalHub.commit)/")))
    for (name, bytes) in LocalHub.files {
      let file = place.appending(path: name)
      #expect(Array(try Data(contentsOf: file)) == bytes, "\(name)")
      let steps = name.contains("/") ? "../../../" : "../../"
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: path(file))
          == "\(steps)blobs/\(LocalHub.etag(bytes))")
    }
    #expect(
      try String(contentsOf: cache.appending(path: "refs/main"), encoding: .utf8) == LocalHub.commit
    )
    #expect(try names("blobs").count == 3)
    let last = progress.withLock { $0.last { $0.file == LocalHub.large } }
    #expect(last?.bytes == 300_000 && last?.size == 300_000)
    let gets = hub.server.requests.count(where: { $0.method == "GET" })
    _ = try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main")
    #expect(hub.server.requests.count(where: { $0.method == "GET" }) == gets + 1)
  }

  @Test("patterns say which files")
  func patterns() async throws {
    let hub = try LocalHub()
    let place = try await Hub(hub.settings(folder.url)).pull(
      "t/m", revision: "main", include: ["*.json", "unet/"], exclude: ["*.safetensors"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path(place)) == ["model_index.json"])
    await #expect(throws: HubError.noFiles(repository: "t/m")) {
      try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main", include: ["*.bin"])
    }
  }

  @Test("a cut connection goes on where it was cut, and an earlier try is taken up")
  func resumes() async throws {
    let cuts = Mutex(0)
    let hub = try LocalHub { request, answer in
      guard request.method == "GET", request.path.hasSuffix(LocalHub.large) else { return }
      let cut = cuts.withLock { cuts in
        cuts += 1
        return cuts
      }
      guard cut <= 2 else { return }
      answer.length = answer.body.count
      answer.body = Array(answer.body.prefix(100_000))
    }
    let place = try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main")
    let file = place.appending(path: LocalHub.large)
    #expect(Array(try Data(contentsOf: file)) == LocalHub.files[LocalHub.large])
    let ranges = hub.server.requests.compactMap { $0.headers["range"] }
    #expect(ranges == ["bytes=100000-", "bytes=200000-"])
  }

  @Test("as many cuts are put up with as each brings more, and no more than five without")
  func tries() async throws {
    let (size, step) = (300_000, 25_000)
    let hub = try LocalHub(names: [LocalHub.large]) { request, answer in
      guard request.method == "GET", request.path.hasSuffix(LocalHub.large) else { return }
      answer.length = answer.body.count
      answer.body = Array(answer.body.prefix(step))
    }
    _ = try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main")
    let gets = hub.server.requests.filter {
      $0.method == "GET" && $0.path.hasSuffix(LocalHub.large)
    }
    #expect(gets.count == size / step)
    let empty = try TemporaryFolder()
    let silent = try LocalHub(names: [LocalHub.large]) { request, answer in
      guard request.method == "GET", request.path.hasSuffix(LocalHub.large) else { return }
      answer.status = 503
      answer.body = []
    }
    let error = try #require(
      await #expect(throws: HubError.self) {
        try await Hub(silent.settings(empty.url)).pull("t/m", revision: "main")
      })
    guard case .refused(_, status: 503, _) = error else { throw error }
    #expect(silent.server.requests.count(where: { $0.method == "GET" }) == 1 + 5)
  }

  @Test("two pulls at once fetch each file once")
  func together() async throws {
    let hub = try LocalHub { request, answer in
      if request.method == "GET" { usleep(50_000) }
    }
    let settings = try hub.settings(folder.url)
    async let first = Hub(settings).pull("t/m", revision: "main")
    async let second = Hub(settings).pull("t/m", revision: "main")
    let places = try await [first, second]
    #expect(places[0] == places[1])
    let gets = hub.server.requests.filter { $0.method == "GET" && $0.path.contains("/resolve/") }
    #expect(Set(gets.map(\.path)).count == gets.count)
  }

  @Test("a body that comes faster than it is read is cut, and not kept in memory")
  func floods() async throws {
    let server = try LocalServer { _ in LocalServer.Answer(isEndless: true) }
    let url = try #require(URL(string: server.url))
    let answer = try await HubClient(endpoint: url, token: nil, unread: 4).get(url)
    try await Task.sleep(for: .milliseconds(300))
    let error = HubError.connection(url: server.url, reason: "more came than could be written")
    await #expect(throws: error) { for try await _ in answer.body {} }
  }

  @Test("what another try left is kept if it is right, and fetched anew if it is not")
  func leftovers() async throws {
    let whole = try #require(LocalHub.files[LocalHub.large])
    let name = "models--t--m/blobs/\(LocalHub.etag(whole)).incomplete"
    for (left, isRight) in [
      (Array(whole.prefix(250_000)), true), (whole + [0], true),
      (Array(whole.prefix(9)) + [1], false),
    ] {
      let folder = try TemporaryFolder()
      try folder.write(left, to: name)
      let hub = try LocalHub()
      let hubPull = { try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main") }
      guard isRight else {
        let error = try #require(await #expect(throws: HubError.self) { try await hubPull() })
        guard case .hash = error else { throw error }
        #expect(!FileManager.default.fileExists(atPath: path(folder.file(name))))
        _ = try await hubPull()
        continue
      }
      let place = try await hubPull()
      #expect(Array(try Data(contentsOf: place.appending(path: LocalHub.large))) == whole)
    }
  }

  @Test("a hub that answers anew from the beginning is followed")
  func startsAnew() async throws {
    let whole = try #require(LocalHub.files[LocalHub.large])
    try folder.write(
      whole.prefix(1000), to: "models--t--m/blobs/\(LocalHub.etag(whole)).incomplete")
    let hub = try LocalHub { request, answer in
      guard request.headers["range"] != nil else { return }
      answer.status = 200
      answer.headers["Content-Range"] = nil
      answer.body = whole
    }
    let place = try await Hub(hub.settings(folder.url)).pull("t/m", revision: "main")
    #expect(Array(try Data(contentsOf: place.appending(path: LocalHub.large))) == whole)
  }

  @Test("the token goes to the hub, and to no other server that it sends to")
  func token() async throws {
    let whole = try #require(LocalHub.files[LocalHub.large])
    let store = try LocalServer { _ in LocalServer.Answer(body: whole) }
    let hub = try LocalHub { request, answer in
      guard request.path.hasSuffix(LocalHub.large) else { return }
      answer.status = 302
      answer.headers["Location"] = "\(store.url)/bytes?signed=1"
      answer.body = []
    }
    _ = try await Hub(hub.settings(folder.url, token: "hf_x")).pull("t/m", revision: "main")
    #expect(hub.server.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_x" })
    #expect(store.requests.map(\.path) == ["/bytes?signed=1"])
    #expect(store.requests.allSatisfy { $0.headers["authorization"] == nil })
  }

  private func path(_ url: URL) -> String { url.path(percentEncoded: false) }

  private func names(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: path(folder.url.appending(path: "models--t--m/\(name)")))
  }
}
