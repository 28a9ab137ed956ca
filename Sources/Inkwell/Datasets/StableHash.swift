internal import Crypto
internal import Foundation

/// A hash that is the same on every machine and in every release.
enum StableHash {
  /// A number in `[0, 1)` drawn by the first 53 bits of the text's SHA-256.
  static func fraction(_ text: String) -> Double {
    let digest = SHA256.hash(data: Data(text.utf8))
    let bits = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(bits >> 11) / Double(1 << 53 as UInt64)
  }
}
