package import Foundation

/// What is wrong with the file that describes a network.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// What was expected and what was found in it.
  public let reason: String

  /// Says what is wrong with a file.
  package init(file: String, reason: String) {
    self.file = file
    self.reason = reason
  }

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
  let file = url.path(percentEncoded: false)
  let data: Data
  do {
    data = try Data(contentsOf: url)
  } catch {
    throw ConfigurationError(file: file, reason: error.localizedDescription)
  }
  do {
    return try configurationDecoder.decode(type, from: quotingInfinities(data))
  } catch let error as DecodingError {
    throw ConfigurationError(file: file, reason: explanation(error))
  } catch {
    throw ConfigurationError(file: file, reason: "\(error)")
  }
}

/// A decoder that knows the numbers for which JSON has no word.
private var configurationDecoder: JSONDecoder {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  return decoder
}

/// The text with infinite numbers as strings: Python writes them bare, as diffusers' schedulers
/// have them.
private func quotingInfinities(_ data: Data) -> Data {
  guard let text = String(validating: data, as: UTF8.self), text.contains("Infinity") else {
    return data
  }
  return Data(
    text.replacing(": -Infinity", with: ": \"-Infinity\"")
      .replacing(": Infinity", with: ": \"Infinity\"").utf8)
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
