/// Protobuf messages written byte by byte, sound ones and others.
struct ProtobufBytes {
  private(set) var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  /// A field that is a number.
  func number(_ field: UInt64, _ value: UInt64) -> ProtobufBytes {
    raw(Self.varint(field << 3) + Self.varint(value))
  }

  /// A field that is a text, a message or packed numbers; `length` is a lie if it is given.
  func message(_ field: UInt64, _ inner: [UInt8], length: UInt64? = nil) -> ProtobufBytes {
    raw(
      Self.varint(field << 3 | 2) + Self.varint(length ?? UInt64(inner.count)) + inner)
  }

  func text(_ field: UInt64, _ text: String) -> ProtobufBytes { message(field, Array(text.utf8)) }

  func raw(_ more: [UInt8]) -> ProtobufBytes {
    var copy = self
    copy.bytes += more
    return copy
  }

  /// A tensor of float32 zeros whose fields come in the order of their numbers.
  static func tensor(_ name: String, _ sizes: [UInt64], count: Int) -> ProtobufBytes {
    let shaped = sizes.reduce(ProtobufBytes()) { $0.number(1, $1) }
    return shaped.number(2, 1).text(8, name).message(9, Array(repeating: 0, count: 4 * count))
  }

  /// A file whose graph holds these tensors.
  static func model(_ tensors: [ProtobufBytes]) -> [UInt8] {
    model(graph: tensors.reduce(ProtobufBytes()) { $0.message(5, $1.bytes) })
  }

  static func model(graph: ProtobufBytes) -> [UInt8] {
    ProtobufBytes().number(1, 10).message(7, graph.bytes).bytes
  }
}
