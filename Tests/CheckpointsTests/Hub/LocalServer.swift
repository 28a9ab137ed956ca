import Foundation
import Synchronization

/// A server of HTTP on this machine, for one test: an answer for each request, one connection each.
final class LocalServer: Sendable {
  /// What a client asks for.
  struct Request: Sendable {
    let method: String
    let path: String
    /// Values by name in lower case.
    let headers: [String: String]
  }

  /// What it gets.
  struct Answer: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// The length that is told, where it is not that of the body.
    var length: Int?
    /// Whether bytes follow the body until the client goes away.
    var isEndless = false
  }

  let port: UInt16
  private let socket: Int32
  private let seen = Mutex<[Request]>([])
  private let answer: @Sendable (Request) -> Answer

  /// What was asked for so far.
  var requests: [Request] { seen.withLock { $0 } }
  var url: String { "http://127.0.0.1:\(port)" }

  init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    self.answer = answer
    signal(SIGPIPE, SIG_IGN)
    let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(socket, pointer, length) == 0 && listen(socket, 16) == 0
          && getsockname(socket, pointer, &length) == 0
      }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    self.socket = socket
    port = UInt16(bigEndian: address.sin_port)
    // The thread alone closes the socket: its number may be another's as soon as it is closed.
    Thread.detachNewThread { [weak self] in
      defer { close(socket) }
      while true {
        let client = accept(socket, nil, nil)
        guard client >= 0 else {
          // A connection that is gone already, or a signal, is not the end.
          if errno == ECONNABORTED || errno == EINTR { continue }
          return
        }
        guard let self else {
          close(client)
          continue
        }
        self.serve(client)
        close(client)
      }
    }
  }

  deinit {
    shutdown(socket, Int32(SHUT_RDWR))
  }

  private func serve(_ client: Int32) {
    guard let request = Self.request(client) else { return }
    seen.withLock { $0.append(request) }
    let answer = answer(request)
    var head = "HTTP/1.1 \(answer.status) x\r\nConnection: close\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    if !answer.isEndless { head += "Content-Length: \(answer.length ?? answer.body.count)\r\n" }
    guard Self.send(Array((head + "\r\n").utf8), client), request.method != "HEAD" else { return }
    guard Self.send(answer.body, client), answer.isEndless else { return }
    let more = [UInt8](repeating: 0, count: 1 << 16)
    // Slower than the client reads, so that it is not buried under what it refuses.
    while Self.send(more, client) { usleep(5000) }
  }

  private static func request(_ client: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    let end = Array("\r\n\r\n".utf8)
    while bytes.suffix(4) != end[...] {
      let count = read(client, &buffer, buffer.count)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    return Request(method: words[0], path: words[1], headers: headers)
  }

  private static func send(_ bytes: [UInt8], _ client: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(client, $0.baseAddress, $0.count) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
