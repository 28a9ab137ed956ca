internal import Checkpoints
public import Foundation

/// Brings a model from a hub that speaks Hugging Face's protocol into the cache that tools share.
public struct PullModel: Codable, Sendable, Hashable {
  /// How far a pull is.
  public struct Progress: Sendable, Hashable {
    /// The file that is being fetched.
    public let file: String
    /// Its bytes that are there.
    public let bytes: Int
    /// All its bytes.
    public let size: Int
  }

  /// The model, `owner/name`.
  public var repository: String
  /// A branch, a tag or a commit.
  public var revision = "main"
  /// Patterns with `*` and `?`, of which a file must fit one; all files fit if there is none.
  public var include: [String] = []
  /// Patterns of which a file must fit none.
  public var exclude: [String] = []

  /// Names the model.
  public init(repository: String) {
    self.repository = repository
  }

  /// Fetches what is not in the cache yet, and checks every byte by the hash that the hub names.
  ///
  /// - Parameters:
  ///   - environment: The variables `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN` and
  ///     `HF_TOKEN_PATH`, which Hugging Face's own tools read, if they are set.
  ///   - home: The user's folder.
  ///   - report: Is told how far it is.
  /// - Returns: The folder with the model's files.
  /// - Throws: `HubError` if the hub does not give them, or a `FileError`.
  public func callAsFunction(
    environment: [String: String], home: URL,
    report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> URL {
    let hub = Hub(try HubSettings(environment: environment, home: home))
    return try await hub.pull(
      repository, revision: revision, include: include, exclude: exclude
    ) { step in
      report(Progress(file: step.file, bytes: step.bytes, size: step.size))
    }
  }
}
