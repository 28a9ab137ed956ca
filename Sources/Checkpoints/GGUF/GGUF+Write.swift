internal import Files
package import Foundation
package import Torch

extension GGUF {
  /// A tensor that is to be written.
  package struct Draft {
    let name: String
    let type: GGMLType
    let shape: [Int]
    let bytes: () throws -> Tensor

    /// Describes a tensor.
    ///
    /// - Parameters:
    ///   - name: A name unlike the others'.
    ///   - type: `.f32`, `.f16`, `.bf16`, `.q8_0` or `.q4_0`; rows must be whole blocks of it.
    ///   - shape: The dimensions, outermost first.
    ///   - tensor: Answers the numbers, once, when the tensor's turn has come.
    package init(
      _ name: String, type: GGMLType, shape: [Int], tensor: @escaping () throws -> Tensor
    ) {
      self.name = name
      self.type = type
      self.shape = shape
      bytes = tensor
    }
  }

  /// The types of elements that are written.
  package static let written: [GGMLType] = [.f32, .f16, .bf16, .q8_0, .q4_0]

  /// Writes tensors to a file, one after the other, and puts it in place when all are safe.
  ///
  /// Blocks are, to the bit, those that Python's `gguf` makes of the same float32 numbers.
  ///
  /// - Parameters:
  ///   - drafts: The tensors, in the order that the file is to have.
  ///   - metadata: What to note beside them, in that order.
  ///   - url: The file, which is replaced if it is there.
  /// - Throws: `CheckpointError`, `FileError`, or what a draft throws; the old file is then still
  ///   there.
  package static func write(
    _ drafts: [Draft], metadata: [(key: String, value: GGUFValue)] = [], to url: URL
  ) throws {
    let header = try GGUFHeaderBytes(
      drafts, metadata: metadata, file: url.path(percentEncoded: false))
    try AtomicFile.write(to: url) { output in
      try output.write(header.bytes)
      for (draft, size) in zip(drafts, header.sizes) {
        let tensor = try draft.bytes()
        guard tensor.shape.sizes == draft.shape else {
          throw CheckpointError.malformed(
            file: url.path(percentEncoded: false), tensor: draft.name,
            expected: "\(draft.shape) to write", found: "\(tensor.shape)")
        }
        if let format = draft.type.blocks {
          let blocks = try checked { tensor.blocks(format) }
          try blocks.withUnsafeBytes { try output.write($0) }
        } else {
          try tensor.withUnsafeBytes(as: draft.type.plain) { try output.write($0) }
        }
        try output.write([UInt8](repeating: 0, count: GGUFHeaderBytes.padding(behind: size)))
      }
    }
  }
}

/// What stands before the elements, padded to a multiple of 32 bytes.
private struct GGUFHeaderBytes {
  private(set) var bytes = Array("GGUF".utf8)
  /// The size of each tensor.
  private(set) var sizes: [Int] = []

  init(
    _ drafts: [GGUF.Draft], metadata: [(key: String, value: GGUFValue)], file: String
  ) throws(CheckpointError) {
    append(UInt32(3))
    append(UInt64(drafts.count))
    append(UInt64(metadata.count))
    for (key, value) in metadata {
      append(key)
      try append(value, key: key, file: file)
    }
    var names: Set<String> = []
    var offset = 0
    for draft in drafts {
      guard names.insert(draft.name).inserted else {
        throw .repeated(file: file, what: "a tensor", name: draft.name)
      }
      guard GGUF.written.contains(draft.type), draft.shape.count <= GGUFHeader.maximumRank,
        draft.shape.allSatisfy({ $0 > 0 }), let size = draft.type.byteCount(draft.shape)
      else {
        throw .malformed(
          file: file, tensor: draft.name,
          expected: "up to \(GGUFHeader.maximumRank) sizes from 1, rows of whole blocks, a type "
            + "that is written", found: "\(draft.type.name) \(draft.shape)")
      }
      append(draft.name)
      append(UInt32(draft.shape.count))
      for size in draft.shape.reversed() { append(UInt64(size)) }
      append(draft.type.rawValue)
      append(UInt64(offset))
      offset += size + Self.padding(behind: size)
      sizes.append(size)
    }
    bytes += [UInt8](repeating: 0, count: Self.padding(behind: bytes.count))
  }

  /// The bytes up to the next multiple of 32.
  static func padding(behind size: Int) -> Int { (32 - size % 32) % 32 }

  private mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  private mutating func append(kind: GGUFKind) {
    append(kind.rawValue)
  }

  private mutating func append(_ text: String) {
    append(UInt64(text.utf8.count))
    bytes += text.utf8
  }

  private mutating func append(
    _ value: GGUFValue, key: String, file: String
  ) throws(CheckpointError) {
    switch value {
    case .string(let text):
      append(kind: .string)
      append(text)
    case .unsigned(let number):
      if let narrow = UInt32(exactly: number) {
        append(kind: .uint32)
        append(narrow)
      } else {
        append(kind: .uint64)
        append(number)
      }
    case .integer(let number):
      append(kind: .int64)
      append(number)
    case .real(let number):
      append(kind: .float64)
      append(number.bitPattern)
    case .bool(let truth):
      append(kind: .bool)
      append(UInt8(truth ? 1 : 0))
    case .integers(let numbers):
      append(kind: .array)
      append(kind: .int32)
      append(UInt64(numbers.count))
      for number in numbers {
        guard let narrow = Int32(exactly: number) else {
          throw .syntax(
            file: file, offset: bytes.count, expected: "integers below 2^31 under \(key)",
            found: "\(number)")
        }
        append(narrow)
      }
    case .array(let count):
      throw .syntax(
        file: file, offset: bytes.count, expected: "a value that was kept under \(key)",
        found: "an array of \(count)")
    }
  }
}
