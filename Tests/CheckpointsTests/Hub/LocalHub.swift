import Crypto
import Foundation
import Synchronization

@testable import Checkpoints

/// A hub on this machine with one model, which can be told to answer otherwise.
final class LocalHub: Sendable {
  static let commit = String(repeating: "a", count: 40)
  static let files: [String: [UInt8]] = [
    "model_index.json": Array("{}".utf8), "README.md": [],
    "unet/model.safetensors": (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) },
  ]
  static let large = "unet/model.safetensors"

  typealias Answer = LocalServer.Answer
  typealias Change = @Sendable (LocalServer.Request, inout Answer) -> Void

  let server: LocalServer

  /// - Parameters:
  ///   - names: The names in the listing, where they are not those of the files.
  ///   - change: Changes answers to what a damaged or hostile hub says.
  /// - Throws: A `POSIXError` if no port is free.
  init(names: [String]? = nil, _ change: @escaping Change = { _, _ in }) throws {
    let names = names ?? Self.files.keys.sorted()
    server = try LocalServer { request in
      var answer = Self.answer(request, names)
      change(request, &answer)
      return answer
    }
  }

  func settings(_ folder: URL, token: String? = nil) throws -> HubSettings {
    var variables = ["HF_ENDPOINT": server.url, "HF_HUB_CACHE": folder.path(percentEncoded: false)]
    variables["HF_TOKEN"] = token
    var settings = try HubSettings(environment: variables, home: folder)
    settings.pause = .milliseconds(1)
    return settings
  }

  static func etag(_ bytes: [UInt8]) -> String {
    if bytes.count > 1000 { return FileHash.sha256(of: bytes) }
    let all = Array("blob \(bytes.count)\u{0}".utf8) + bytes
    return Insecure.SHA1.hash(data: all).map { String(format: "%02x", $0) }.joined()
  }

  private static func answer(_ request: LocalServer.Request, _ names: [String]) -> Answer {
    if request.path == "/api/models/t/m/revision/main" {
      let list = names.map { ["rfilename": $0] }
      let listing: [String: Any] = ["sha": commit, "siblings": list]
      do {
        return Answer(body: Array(try JSONSerialization.data(withJSONObject: listing)))
      } catch {
        return Answer(status: 500)
      }
    }
    let prefix = "/t/m/resolve/\(commit)/"
    guard request.path.hasPrefix(prefix),
      let bytes = files[String(request.path.dropFirst(prefix.count))]
    else {
      return Answer(status: 404, headers: ["X-Error-Code": "EntryNotFound"])
    }
    var answer = Answer(headers: ["ETag": "\"\(etag(bytes))\"", "X-Repo-Commit": commit])
    if bytes.count > 1000 {
      answer.headers["X-Linked-Etag"] = "\"\(etag(bytes))\""
      answer.headers["X-Linked-Size"] = "\(bytes.count)"
    }
    guard let range = request.headers["range"], let start = Int(range.dropFirst(6).dropLast())
    else {
      answer.body = bytes
      return answer
    }
    answer.status = 206
    answer.headers["Content-Range"] = "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"
    answer.body = Array(bytes[start...])
    return answer
  }
}
