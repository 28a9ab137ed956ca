/// Why a model could not be fetched from a hub.
public enum HubError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was asked for cannot be the name of such a thing.
  case name(String, expected: String)
  /// The environment says that no network may be used.
  case offline
  /// The server could not be reached, or went away.
  case connection(url: String, reason: String)
  /// The server said no, or had a fault.
  case refused(url: String, status: Int, message: String)
  /// The server's answer is not one of this protocol.
  case answer(url: String, expected: String, found: String)
  /// A file of the model would not stay in its folder.
  case path(String)
  /// The server sends the client to a place where it does not go.
  case redirect(url: String, found: String)
  /// A file has another size than the hub says.
  case size(file: String, expected: Int, found: Int)
  /// A file has other bytes than the hub says.
  case hash(file: String, expected: String, found: String)
  /// No file of the model fits the patterns.
  case noFiles(repository: String)

  /// What was expected, what was found, and where.
  public var description: String {
    switch self {
    case .name(let found, let expected):
      "expected \(expected), found \(found.debugDescription)"
    case .offline: "expected to use the network, found HF_HUB_OFFLINE set"
    case .connection(let url, let reason): "\(url): expected an answer: \(reason)"
    case .refused(let url, 401, let message), .refused(let url, 403, let message):
      "\(url): expected to be let in, found \(message); a token in HF_TOKEN may help"
    case .refused(let url, let status, let message):
      "\(url): expected an answer, found status \(status): \(message)"
    case .answer(let url, let expected, let found):
      "\(url): expected \(expected), found \(found)"
    case .path(let found):
      "expected files within the model's folder, found \(found.debugDescription)"
    case .redirect(let url, let found):
      "\(url): expected to be sent to a place like it at most, found \(found)"
    case .size(let file, let expected, let found):
      "\(file): expected \(expected) bytes, found \(found)"
    case .hash(let file, let expected, let found):
      "\(file): expected bytes with the hash \(expected), found \(found)"
    case .noFiles(let repository):
      "\(repository): expected files that fit the patterns, found none"
    }
  }

  /// Whether trying again may help.
  var isTransient: Bool {
    switch self {
    case .connection: true
    case .refused(_, let status, _): status == 416 || status == 429 || status >= 500
    default: false
    }
  }
}
