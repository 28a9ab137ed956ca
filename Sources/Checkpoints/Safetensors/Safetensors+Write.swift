internal import Files
package import Foundation

extension Safetensors {
  /// A tensor that is to be written.
  package struct Draft {
    let name: String
    let dtype: SafetensorsDType
    let shape: [Int]
    let giveBytes: (_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// Describes a tensor.
    ///
    /// - Parameters:
    ///   - name: A name unlike the others'.
    ///   - dtype: The kind of elements.
    ///   - shape: The dimensions.
    ///   - giveBytes: Calls what it is given with the elements, little-endian and in row-major
    ///     order, in one part or several. It is called once, when the tensor's turn has come.
    package init(
      _ name: String, dtype: SafetensorsDType, shape: [Int],
      giveBytes: @escaping (_ take: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.giveBytes = giveBytes
    }
  }

  /// Writes tensors to a file, one after the other, and puts it in place when all are safe.
  ///
  /// The file is the one that the reference writes, byte for byte: wide elements first, then by
  /// name; the header padded with spaces so that the data begin at a multiple of 8.
  ///
  /// - Parameters:
  ///   - drafts: The tensors, in any order.
  ///   - metadata: What to note beside them.
  ///   - url: The file, which is replaced if it is there.
  /// - Throws: `CheckpointError`, `FileError`, or what a draft throws; the old file is then still
  ///   there.
  package static func write(
    _ drafts: [Draft], metadata: [String: String] = [:], to url: URL
  ) throws {
    let file = url.path(percentEncoded: false)
    let ranks = Dictionary(
      uniqueKeysWithValues: SafetensorsDType.allCases.enumerated().map { ($0.element, $0.offset) })
    func precedes(_ a: Draft, _ b: Draft) -> Bool {
      a.dtype == b.dtype
        ? a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        : ranks[a.dtype, default: 0] > ranks[b.dtype, default: 0]
    }
    let drafts = drafts.sorted(by: precedes)
    let header = try HeaderText(drafts, metadata: metadata, file: file)
    try AtomicFile.write(to: url) { output in
      try output.write(header.bytes)
      for (draft, expected) in zip(drafts, header.byteCounts) {
        var count = 0
        try draft.giveBytes { bytes in
          count += bytes.count
          try output.write(bytes)
        }
        guard count == expected else {
          throw CheckpointError.malformed(
            file: file, tensor: draft.name, expected: "\(expected) bytes to write",
            found: "\(count)")
        }
      }
    }
  }
}

/// The text before the data of a safetensors file.
private struct HeaderText {
  /// The length, the JSON and its padding.
  private(set) var bytes: [UInt8] = []
  /// The size of each tensor.
  private(set) var byteCounts: [Int] = []

  init(
    _ drafts: [Safetensors.Draft], metadata: [String: String], file: String
  ) throws(CheckpointError) {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var names: Set = ["__metadata__"]
    var offset = 0
    for draft in drafts {
      guard names.insert(draft.name).inserted else {
        throw .repeated(file: file, what: "a tensor", name: draft.name)
      }
      let count = try Self.byteCount(draft, file: file)
      let shape = draft.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(Self.quoted(draft.name)):{\"dtype\":\"\(draft.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + count)]}")
      offset += count
      byteCounts.append(count)
    }
    var text = Array("{\(fields.joined(separator: ","))}".utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    guard text.count <= HeaderParser.limit else {
      throw .headerTooLong(file: file, found: UInt64(text.count), limit: HeaderParser.limit)
    }
    bytes = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  private static func byteCount(
    _ draft: Safetensors.Draft, file: String
  ) throws(CheckpointError) -> Int {
    let isSound =
      draft.shape.count <= HeaderParser.maximumRank && draft.shape.allSatisfy { $0 >= 0 }
    guard isSound, let count = draft.dtype.byteCount(draft.shape) else {
      throw .malformed(
        file: file, tensor: draft.name,
        expected: "at most \(HeaderParser.maximumRank) dimensions that make whole bytes",
        found: "\(draft.dtype.rawValue) \(draft.shape)")
    }
    guard !draft.name.utf8.contains(0) else {
      throw .malformed(
        file: file, tensor: draft.name, expected: "a name without U+0000", found: "one")
    }
    return count
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
