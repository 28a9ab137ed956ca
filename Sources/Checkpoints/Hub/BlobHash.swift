internal import Crypto
internal import Foundation

/// The hash that a hub names a file's bytes by, taken piece by piece.
struct BlobHash {
  private var sha256: SHA256?
  private var sha1 = Insecure.SHA1()

  /// - Parameters:
  ///   - name: The hash that is expected: 64 digits of a SHA-256, or 40 of git's SHA-1.
  ///   - size: The bytes of the file, which are a part of git's hash.
  init(like name: String, size: Int) {
    if name.count == 64 {
      sha256 = SHA256()
    } else {
      sha1.update(data: Data("blob \(size)\u{0}".utf8))
    }
  }

  mutating func update(_ bytes: some DataProtocol) {
    if sha256 != nil { sha256?.update(data: bytes) } else { sha1.update(data: bytes) }
  }

  /// The hash of all bytes so far, in hexadecimal digits.
  var name: String {
    sha256.map { FileHash.hexadecimal($0.finalize()) } ?? FileHash.hexadecimal(sha1.finalize())
  }
}
