internal import Foundation

/// The files of tokenizers, read whole.
enum TokenizerFiles {
  /// A vocabulary of a hundred thousand pieces takes about 2 MB.
  private static let limit = 64 << 20

  /// The bytes of a file.
  static func read(_ url: URL) throws(TokenizerError) -> Data {
    let file = url.path(percentEncoded: false)
    do {
      let values = try url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
      guard values.isRegularFile == true, let size = values.fileSize else {
        throw TokenizerError.unreadable(file: file, reason: "it is not a regular file")
      }
      guard size <= limit else {
        throw TokenizerError.tooLarge(file: file, found: size, limit: limit)
      }
      return try Data(contentsOf: url)
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .unreadable(file: file, reason: String(describing: error))
    }
  }

  /// What a JSON file says.
  static func decode<Value: Decodable>(_ url: URL) throws(TokenizerError) -> Value {
    let data = try read(url)
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch {
      throw .unreadable(
        file: url.path(percentEncoded: false), reason: String(describing: error))
    }
  }

  /// What a JSON file says, if it is there.
  static func decodeIfPresent<Value: Decodable>(_ url: URL) throws(TokenizerError) -> Value? {
    guard FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) else {
      return nil
    }
    return try decode(url)
  }
}
