internal import Foundation

/// Asks a hub, and goes where it sends to, with a token for the hub alone.
struct HubClient: Sendable {
  let endpoint: URL
  let token: String?
  /// How many parts of a body, of some 16 kB each, may wait to be read.
  var unread = 4096

  private static let mostRedirects = 5

  /// The address of something of the hub.
  func url(_ parts: [String]) -> URL {
    parts.reduce(endpoint) { $0.appending(component: $1) }
  }

  /// The head of a file's answer, from the hub itself: what lies elsewhere, it describes too.
  func head(_ url: URL) async throws -> HubAnswer {
    try await open("HEAD", url, headers: [:], within: true)
  }

  /// A body, wherever the hub sends to.
  func get(_ url: URL, from start: Int = 0) async throws -> HubAnswer {
    try await open(
      "GET", url, headers: start > 0 ? ["Range": "bytes=\(start)-"] : [:], within: false)
  }

  private func open(
    _ method: String, _ first: URL, headers: [String: String], within: Bool
  ) async throws -> HubAnswer {
    var url = first
    for _ in 0...Self.mostRedirects {
      var headers = headers
      headers["Accept-Encoding"] = "identity"
      headers["User-Agent"] = "inkwell"
      if let token, isHub(url) { headers["Authorization"] = "Bearer \(token)" }
      let answer = try await HubExchange.send(
        method, url, headers: headers, unread: unread)
      guard [301, 302, 303, 307, 308].contains(answer.status) else {
        guard 200..<300 ~= answer.status else { throw await refusal(answer) }
        return answer
      }
      let location = answer.headers["location"] ?? "nowhere"
      guard let next = URL(string: location, relativeTo: url)?.absoluteURL, isAllowed(next) else {
        throw HubError.redirect(url: url.absoluteString, found: location)
      }
      if within && !isHub(next) { return answer }
      url = next
    }
    throw HubError.redirect(
      url: first.absoluteString, found: "more than \(Self.mostRedirects) redirects")
  }

  private func isHub(_ url: URL) -> Bool {
    (url.scheme, url.host(), url.port) == (endpoint.scheme, endpoint.host(), endpoint.port)
  }

  /// A hub without encryption, as people run for themselves, may send to others of its kind.
  private func isAllowed(_ url: URL) -> Bool {
    let isAsSafe = url.scheme == "https" || url.scheme == "http" && endpoint.scheme == "http"
    return isAsSafe && url.host()?.isEmpty == false && url.user() == nil
  }

  private func refusal(_ answer: HubAnswer) async -> HubError {
    let code = answer.headers["x-error-code"]
    let message = answer.headers["x-error-message"]
    let said = [code, message].compactMap { $0 }.joined(separator: ": ")
    return .refused(
      url: answer.url.absoluteString, status: answer.status,
      message: said.isEmpty ? "no reason" : String(said.prefix(300)))
  }
}
