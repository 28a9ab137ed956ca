package import Foundation

/// What is wrong with the file that describes a network.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// What was expected and what was found in it.
  public let reason: String

  /// The file and the reason.
  public var description: String { "\(file): \(reason)" }
}

/// Reads the `config.json` of a network.
///
/// - Parameters:
///   - type: What the file describes.
///   - url: The file.
/// - Returns: What the file says.
/// - Throws: `ConfigurationError` if the file cannot be read or does not describe such a network.
package func readConfiguration<Configuration: Decodable>(
  _ type: Configuration.Type = Configuration.self, from url: URL
) throws(ConfigurationError) -> Configuration {
  do {
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  } catch let error as DecodingError {
    throw ConfigurationError(file: url.path(percentEncoded: false), reason: explanation(error))
  } catch {
    throw ConfigurationError(
      file: url.path(percentEncoded: false), reason: error.localizedDescription)
  }
}

/// What the decoder expected, after the key where it did.
private func explanation(_ error: DecodingError) -> String {
  switch error {
  case .keyNotFound(let key, let context): explanation(context, at: [key])
  case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
    explanation(context, at: [])
  @unknown default: "\(error)"
  }
}

private func explanation(_ context: DecodingError.Context, at keys: [any CodingKey]) -> String {
  let path = (context.codingPath + keys).map(\.stringValue).joined(separator: ".")
  return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
}
