/// A tensor as an ONNX file describes it: `TensorProto` of its schema.
struct ONNXTensor {
  private static let external =
    "the elements in another file; put them into this one (onnx.save without external data)"

  private(set) var name: String?
  private var shape: [Int] = []
  private var type: UInt64?
  private var elements: Range<Int>?
  private var place: UInt64 = 9
  private var isExternal = false

  /// Reads the message.
  init(_ message: ProtobufReader) throws(CheckpointError) {
    var message = message
    while let field = try message.field() {
      switch field.number {
      case 1: try readSizes(field, &message)
      case 2: type = try message.number(field, "a tensor's type")
      case 3: throw message.syntax("a whole tensor", "a segment of one")
      case 8:
        guard name == nil else { throw message.syntax("one name of a tensor", "another") }
        name = try message.text(field, "a tensor's name")
      case 4, 9, 10:
        let found = try message.bytes(field, "a tensor's elements")
        guard elements == nil else { throw message.syntax("a tensor's elements once", "more") }
        (elements, place) = (found, field.number)
      case 5, 6, 7, 11:
        throw message.syntax("a tensor's elements as raw bytes", "as single numbers or texts")
      case 13: isExternal = true
      case 14: isExternal = try message.number(field, "a tensor's place") != 0 || isExternal
      default: try message.skip(field)
      }
    }
  }

  /// Sizes stand one in a field, or packed.
  private mutating func readSizes(
    _ field: ProtobufReader.Field, _ message: inout ProtobufReader
  ) throws(CheckpointError) {
    var found: [UInt64] = []
    if field.wire == .bytes {
      var packed = message.nested(try message.bytes(field, "a tensor's sizes"))
      while !packed.isAtEnd, found.count <= Self.mostSizes {
        found.append(try packed.varint("a size"))
      }
    } else {
      found.append(try message.number(field, "a size"))
    }
    for size in found {
      guard let size = Int(exactly: size), shape.count < Self.mostSizes else {
        throw message.syntax("up to \(Self.mostSizes) sizes, none negative", "others")
      }
      shape.append(size)
    }
  }

  private static let mostSizes = 64

  /// The tensor, whose elements are as many as its shape needs.
  func entry(_ file: MappedFile) throws(CheckpointError) -> Safetensors.Entry {
    let name = name ?? ""
    func malformed(_ expected: String, _ found: String) -> CheckpointError {
      .malformed(file: file.path, tensor: name, expected: expected, found: found)
    }
    guard !name.isEmpty else { throw malformed("a tensor with a name", "one without") }
    guard !isExternal else { throw malformed("the elements in the file", Self.external) }
    guard let dtype = SafetensorsDType(onnx: type ?? 0) else {
      throw malformed("a type of numbers that is read here", "type \(type ?? 0)")
    }
    let places: [UInt64: [SafetensorsDType]] = [4: [.float32, .complex64], 10: [.float64]]
    guard places[place]?.contains(dtype) ?? true else {
      throw malformed("\(dtype.rawValue) as raw bytes", "numbers of another type")
    }
    guard let count = dtype.byteCount(shape) else {
      throw malformed("a size that can be counted", "\(dtype.rawValue) \(shape)")
    }
    let range = elements ?? 0..<0
    guard range.count == count else {
      throw malformed("\(count) bytes for \(dtype.rawValue) \(shape)", "\(range.count)")
    }
    return Safetensors.Entry(name: name, dtype: dtype, shape: shape, range: range)
  }
}

extension SafetensorsDType {
  /// The kind of elements of a number in ONNX's `TensorProto.DataType`, if it is read here.
  init?(onnx type: UInt64) {
    switch type {
    case 1: self = .float32
    case 2: self = .uint8
    case 3: self = .int8
    case 4: self = .uint16
    case 5: self = .int16
    case 6: self = .int32
    case 7: self = .int64
    case 9: self = .bool
    case 10: self = .float16
    case 11: self = .float64
    case 12: self = .uint32
    case 13: self = .uint64
    case 14: self = .complex64
    case 16: self = .bfloat16
    case 17: self = .float8E4M3
    case 19: self = .float8E5M2
    default: return nil
    }
  }
}
