/// Reads a pickle of a state dict: containers, numbers, texts and tensors.
///
/// A pickle is a program for a small machine with a stack, which can ask for any function of Python
/// to be called. This machine has the part of it that `torch.save` uses, and what it calls are its
/// own makers of tensors and dictionaries: nothing that a file says is run. What another function
/// would make, such as a training's callbacks beside the weights, becomes an inert object, which
/// swallows all that is put into it, and is an error where a weight is needed.
/// https://docs.python.org/3/library/pickletools.html
struct Unpickler {
  /// The most operations of a pickle, which bounds its memory; a state dict has about 35 a tensor.
  static let limit = 1 << 22

  var bytes: ByteReader
  var stack: [PickleValue] = []
  var marks: [Int] = []
  private var memo: [UInt64: PickleValue] = [:]
  private(set) var objects: [PickleObject] = []

  init(_ bytes: ByteReader) {
    self.bytes = bytes
  }

  /// Runs the pickle to its end.
  ///
  /// - Returns: What it makes.
  /// - Throws: `CheckpointError` at the first byte that a state dict's pickle does not have.
  mutating func run() throws(CheckpointError) -> PickleValue {
    for _ in 0..<Self.limit {
      let start = bytes.offset
      let code = try bytes.byte("a pickle's next operation")
      guard let operation = PickleOperation(rawValue: code) else {
        let found = "operation 0x\(String(code, radix: 16))"
        throw .syntax(
          file: bytes.file, offset: start, expected: "an operation of a state dict's pickle",
          found: found)
      }
      if operation == .stop { return try pop() }
      try perform(operation)
    }
    throw syntax("at most \(Self.limit) operations", "more")
  }

  /// Makes an object.
  mutating func make(_ object: PickleObject) -> PickleValue {
    objects.append(object)
    return .object(objects.count - 1)
  }

  /// The object that a value stands for, if it is one.
  func object(_ value: PickleValue) -> PickleObject? {
    if case .object(let number) = value { objects[number] } else { nil }
  }

  /// Puts another object in a value's place, for all that have it.
  mutating func replace(_ value: PickleValue, with object: PickleObject) {
    if case .object(let number) = value { objects[number] = object }
  }

  mutating func pop() throws(CheckpointError) -> PickleValue {
    // A value below the last mark belongs to what is being collected.
    guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
      throw syntax("a value on the stack", "none")
    }
    return value
  }

  mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    return values.reversed()
  }

  /// All values above the last mark, which is taken away.
  mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw syntax("a mark on the stack", "none") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  mutating func remember(_ key: UInt64) throws(CheckpointError) {
    guard let value = stack.last else { throw syntax("a value on the stack", "none") }
    memo[key] = value
  }

  func remembered(_ key: UInt64) throws(CheckpointError) -> PickleValue {
    guard let value = memo[key] else {
      throw syntax("a value that was kept as number \(key)", "none")
    }
    return value
  }

  func syntax(_ expected: String, _ found: String) -> CheckpointError {
    .syntax(file: bytes.file, offset: bytes.offset, expected: expected, found: found)
  }

  /// What a value is, in a few words, for errors.
  func describe(_ value: PickleValue) -> String {
    switch value {
    case .none: "None"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .string(let text): "the text \(String(text.prefix(60)).debugDescription)"
    case .global(.unknown(let name)): String(name.prefix(100)).debugDescription
    case .global: "a function"
    case .bytes: "bytes"
    case .object(let number): objects[number].kind
    }
  }
}

/// The operations of a state dict's pickle, by their bytes.
enum PickleOperation: UInt8 {
  case proto = 0x80
  case stop = 0x2E
  case mark = 0x28
  case none = 0x4E
  case newTrue = 0x88
  case newFalse = 0x89
  case integer4 = 0x4A
  case integer1 = 0x4B
  case integer2 = 0x4D
  case long1 = 0x8A
  case float8 = 0x47
  case unicode4 = 0x58
  case emptyTuple = 0x29
  case bytes1 = 0x43
  case bytes4 = 0x42
  case text1 = 0x55
  case text4 = 0x54
  case long4 = 0x8B
  case newObject = 0x81
  case drop = 0x30
  case dropToMark = 0x31
  case tuple = 0x74
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case emptyList = 0x5D
  case append = 0x61
  case appends = 0x65
  case emptyDictionary = 0x7D
  case setItem = 0x73
  case setItems = 0x75
  case put1 = 0x71
  case put4 = 0x72
  case get1 = 0x68
  case get4 = 0x6A
  case global = 0x63
  case reduce = 0x52
  case build = 0x62
  case persistent = 0x51
}
