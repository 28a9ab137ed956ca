internal import Crypto
package import Foundation

/// Hashes by which a file is known.
package enum FileHash {
  /// The SHA-256 of a file, read piece by piece.
  ///
  /// - Parameter url: A file.
  /// - Returns: 64 hexadecimal digits in lower case.
  /// - Throws: `CheckpointError` if it cannot be read.
  package static func sha256(of url: URL) throws(CheckpointError) -> String {
    let descriptor = try Descriptor(
      url.path(percentEncoded: false), O_RDONLY, action: "open")
    _ = try descriptor.status()
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor.number, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(descriptor.path, "read") }
      guard count > 0 else { break }
      hash.update(data: buffer[..<count])
    }
    return hash.finalize().map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }
}
