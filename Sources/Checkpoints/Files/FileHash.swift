internal import Crypto
internal import Files
package import Foundation

/// Hashes by which a file is known.
package enum FileHash {
  /// The SHA-256 of a file, read piece by piece.
  ///
  /// - Parameter url: A file.
  /// - Returns: 64 hexadecimal digits in lower case.
  /// - Throws: `CheckpointError` if it cannot be read.
  package static func sha256(of url: URL) throws(CheckpointError) -> String {
    do throws(FileError) {
      return hexadecimal(try digest(of: url.path(percentEncoded: false)))
    } catch {
      throw .unreadable(error)
    }
  }

  /// The SHA-256 of bytes.
  ///
  /// - Parameter bytes: Bytes in memory.
  /// - Returns: 64 hexadecimal digits in lower case.
  package static func sha256(of bytes: some DataProtocol) -> String {
    hexadecimal(SHA256.hash(data: bytes))
  }

  /// The SHA-256 of texts, which tells where each of them ends.
  ///
  /// - Parameter texts: Texts without U+0000.
  /// - Returns: 64 hexadecimal digits in lower case.
  package static func sha256(ofTexts texts: [String]) -> String {
    sha256(of: texts.flatMap { Array("\($0)\u{0}".utf8) })
  }

  private static func digest(of path: String) throws(FileError) -> SHA256Digest {
    let descriptor = try Descriptor(path, O_RDONLY, action: "open")
    _ = try descriptor.status()
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor.number, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last(path, "read") }
      guard count > 0 else { break }
      hash.update(data: buffer[..<count])
    }
    return hash.finalize()
  }

  static func hexadecimal(_ digest: some Digest) -> String {
    digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
