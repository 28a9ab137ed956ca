package import Foundation

/// An archive of files in POSIX's format `ustar`, which every `tar` reads.
///
/// IEEE Std 1003.1-2017, pax, "ustar Interchange Format". The same entries give the same bytes:
/// owner, group and time are 0.
package struct TarArchive: Sendable {
  /// A file of an archive.
  package struct Entry: Sendable, Equatable {
    /// Its path, with slashes.
    package let name: String
    /// What is in it.
    package let data: Data

    /// Names a file.
    package init(name: String, data: Data) {
      self.name = name
      self.data = data
    }
  }

  /// The bytes of a block, of which an archive is a whole number.
  static let block = 512
  /// The most bytes of a name here.
  static let longestName = 100

  /// What was added so far.
  private var bytes = Data()

  /// An archive without files.
  package init() {}

  /// Adds a file.
  ///
  /// - Parameter entry: The file; its name has 1 to 100 bytes of ASCII, none of which is U+0000.
  package mutating func append(_ entry: Entry) {
    bytes.append(contentsOf: Self.header(entry))
    bytes.append(entry.data)
    let rest = entry.data.count % Self.block
    if rest > 0 { bytes.append(Data(count: Self.block - rest)) }
  }

  /// The whole archive, with its end.
  package var encoded: Data { bytes + Data(count: 2 * Self.block) }

  private static func header(_ entry: Entry) -> [UInt8] {
    let name = Array(entry.name.utf8)
    precondition(
      (1...longestName).contains(name.count) && name.allSatisfy { $0 > 0 && $0 < 128 },
      "a name of \(name.count) bytes")
    var header = [UInt8](repeating: 0, count: block)
    func put(_ bytes: some Sequence<UInt8>, at place: Int) {
      for (index, byte) in bytes.enumerated() { header[place + index] = byte }
    }
    put(name, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(entry.data.count, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    // A regular file.
    put("0".utf8, at: 156)
    put("ustar\u{0}00".utf8, at: 257)
    put(octal(checksum(header[...]), digits: 6) + [0, UInt8(ascii: " ")], at: 148)
    return header
  }

  private static func octal(_ number: Int, digits: Int) -> [UInt8] {
    let text = String(number, radix: 8)
    precondition(text.count <= digits, "\(number) has more than \(digits) octal digits")
    return Array(String(repeating: "0", count: digits - text.count).utf8) + Array(text.utf8)
  }

  /// The sum of a header's bytes, those of the sum itself as spaces.
  static func checksum(_ header: ArraySlice<UInt8>) -> Int {
    header.enumerated().reduce(0) { sum, byte in
      sum + ((148..<156).contains(byte.offset) ? 32 : Int(byte.element))
    }
  }
}
