internal import Foundation
internal import Synchronization

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// What a server answers: a head, and a body piece by piece.
struct HubAnswer: Sendable {
  let url: URL
  let status: Int
  /// Values by name in lower case.
  let headers: [String: String]
  let body: AsyncThrowingStream<Data, any Error>

  /// The whole body, which may not be longer than a limit.
  func text(limit: Int) async throws -> Data {
    var all = Data()
    for try await part in body {
      all += part
      guard all.count <= limit else {
        throw HubError.answer(
          url: url.absoluteString, expected: "at most \(limit) bytes", found: "more")
      }
    }
    return all
  }
}

/// One question to a server and its answer; redirects are answers.
final class HubExchange: NSObject, URLSessionDataDelegate {
  private typealias Head = (status: Int, headers: [String: String])

  private let head = Mutex<CheckedContinuation<Head, any Error>?>(nil)
  private let parts: AsyncThrowingStream<Data, any Error>.Continuation
  private let url: URL

  private init(_ url: URL, _ parts: AsyncThrowingStream<Data, any Error>.Continuation) {
    self.url = url
    self.parts = parts
  }

  /// Sends a request.
  ///
  /// - Parameters:
  ///   - method: `GET` or `HEAD`.
  ///   - url: Where to.
  ///   - headers: Values by name.
  ///   - unread: How many parts of the body may wait to be read. The system's client cannot be told
  ///     to wait, so that the connection is cut if there are more.
  /// - Returns: The answer once its head is there; a body that nobody reads any more is cut off.
  /// - Throws: ``HubError``.
  static func send(
    _ method: String, _ url: URL, headers: [String: String], unread: Int
  ) async throws -> HubAnswer {
    // The stream is the answer's alone, so that it ends with it.
    let (body, parts) = AsyncThrowingStream<Data, any Error>.makeStream(
      bufferingPolicy: .bufferingOldest(unread))
    let exchange = HubExchange(url, parts)
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = 30
    let session = URLSession(configuration: configuration, delegate: exchange, delegateQueue: nil)
    var request = URLRequest(url: url)
    request.httpMethod = method
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    let task = session.dataTask(with: request)
    parts.onTermination = { _ in session.invalidateAndCancel() }
    let head = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        exchange.head.withLock { $0 = continuation }
        task.resume()
      }
    } onCancel: {
      task.cancel()
    }
    return HubAnswer(url: url, status: head.status, headers: head.headers, body: body)
  }

  private func begin(_ response: URLResponse?, or failure: HubError) {
    let continuation = head.withLock { head in
      defer { head = nil }
      return head
    }
    guard let response = response as? HTTPURLResponse else {
      continuation?.resume(throwing: failure)
      return
    }
    var headers: [String: String] = [:]
    for (name, value) in response.allHeaderFields {
      headers["\(name)".lowercased()] = "\(value)"
    }
    continuation?.resume(returning: (response.statusCode, headers))
  }

  private func failure(_ reason: String) -> HubError {
    .connection(url: url.absoluteString, reason: reason)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    begin(response, or: failure("no HTTP"))
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard case .dropped = parts.yield(data) else { return }
    parts.finish(throwing: failure("more came than could be written"))
    dataTask.cancel()
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    let lost = error.map { failure($0.localizedDescription) }
    begin(lost == nil ? task.response : nil, or: lost ?? failure("no answer"))
    parts.finish(throwing: lost)
    session.finishTasksAndInvalidate()
  }
}
