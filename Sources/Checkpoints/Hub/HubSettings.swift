package import Foundation

/// Which hub to ask, who asks, and where its files are kept, by the variables that Hugging Face's
/// own tools read.
package struct HubSettings: Sendable {
  /// The hub; `HF_ENDPOINT`.
  package var endpoint: URL
  /// The folder that tools share: `HF_HUB_CACHE`, or `hub` in `HF_HOME`.
  package var cache: URL
  /// Who asks: `HF_TOKEN`, or what is in the file `HF_TOKEN_PATH`.
  package var token: String?
  /// How long to wait before a file is asked for again; twice as long each time.
  package var pause = Duration.milliseconds(200)

  /// Reads the variables of an environment.
  ///
  /// - Parameters:
  ///   - environment: The variables by name; one that is empty counts as not set.
  ///   - home: The user's folder.
  /// - Throws: ``HubError`` if the network is forbidden or the hub's address is none, or a
  ///   `FileError`.
  package init(environment: [String: String], home: URL) throws {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    func place(_ path: String) -> URL {
      path.hasPrefix("~/")
        ? home.appending(path: String(path.dropFirst(2))) : URL(filePath: path)
    }
    func folder(_ path: String) -> URL {
      URL(filePath: place(path).path(percentEncoded: false), directoryHint: .isDirectory)
    }
    if let offline = value("HF_HUB_OFFLINE"),
      ["1", "ON", "YES", "TRUE"].contains(offline.uppercased())
    {
      throw HubError.offline
    }
    let address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    guard let endpoint = URL(string: address), ["http", "https"].contains(endpoint.scheme),
      endpoint.host() != nil, endpoint.user() == nil, endpoint.query() == nil
    else { throw HubError.name(address, expected: "the address of a hub in HF_ENDPOINT") }
    self.endpoint = endpoint
    let caches = value("XDG_CACHE_HOME").map(folder) ?? home.appending(path: ".cache")
    let root = value("HF_HOME").map(folder) ?? caches.appending(path: "huggingface")
    cache =
      value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(folder)
      ?? root.appending(path: "hub", directoryHint: .isDirectory)
    token =
      try value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN").map(Self.trimmed)
      ?? Self.stored(value("HF_TOKEN_PATH").map(place) ?? root.appending(path: "token"))
    guard token?.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) != false else {
      throw HubError.name("…", expected: "a token of plain characters in HF_TOKEN")
    }
  }

  /// The token that a file has, if it is there.
  private static func stored(_ file: URL) throws -> String? {
    guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else {
      return nil
    }
    let token = trimmed(try String(contentsOf: file, encoding: .utf8))
    return token.isEmpty ? nil : token
  }

  private static func trimmed(_ text: String) -> String {
    text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
