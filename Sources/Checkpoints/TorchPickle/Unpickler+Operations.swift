extension Unpickler {
  /// Performs one operation, other than the last.
  mutating func perform(_ operation: PickleOperation) throws(CheckpointError) {
    switch operation {
    case .proto: try checkProtocol()
    case .stop: break
    case .mark: marks.append(stack.count)
    case .none, .newTrue, .newFalse, .integer1, .integer2, .integer4, .long1, .float8, .unicode4,
      .bytes1, .bytes4, .text1, .text4, .long4:
      stack.append(try literal(operation))
    case .drop: _ = try pop()
    case .dropToMark: _ = try popToMark()
    case .newObject: try makeNew()
    case .emptyTuple: stack.append(make(.tuple([])))
    case .tuple: stack.append(make(.tuple(try popToMark())))
    case .tuple1: stack.append(make(.tuple(try pop(1))))
    case .tuple2: stack.append(make(.tuple(try pop(2))))
    case .tuple3: stack.append(make(.tuple(try pop(3))))
    case .emptyList: stack.append(make(.list([])))
    case .emptyDictionary: stack.append(make(.dictionary([])))
    case .append: try extendList([pop()])
    case .appends: try extendList(popToMark())
    case .setItem: try extendDictionary(pop(2))
    case .setItems: try extendDictionary(popToMark())
    case .put1: try remember(bytes.unsigned(1, "a number to keep a value by"))
    case .put4: try remember(bytes.unsigned(4, "a number to keep a value by"))
    case .get1: stack.append(try remembered(bytes.unsigned(1, "the number of a kept value")))
    case .get4: stack.append(try remembered(bytes.unsigned(4, "the number of a kept value")))
    case .global: stack.append(.global(try global()))
    case .reduce: try call()
    case .build: try build()
    case .persistent: try storage()
    }
  }

  private mutating func checkProtocol() throws(CheckpointError) {
    let version = try bytes.byte("the pickle's protocol")
    guard (2...3).contains(version) else { throw syntax("protocol 2 or 3", "\(version)") }
  }

  private mutating func literal(
    _ operation: PickleOperation
  ) throws(CheckpointError) -> PickleValue {
    switch operation {
    case .newTrue: return .bool(true)
    case .newFalse: return .bool(false)
    case .integer1: return .integer(Int(try bytes.byte("a whole number")))
    case .integer2: return .integer(Int(try bytes.unsigned(2, "a whole number")))
    case .integer4: return .integer(try bytes.signed(4, "a whole number"))
    case .long1:
      let count = Int(try bytes.byte("the length of a whole number"))
      guard count <= 8 else {
        _ = try bytes.take(count, "a whole number")
        return .bytes
      }
      return .integer(try bytes.signed(count, "a whole number"))
    case .bytes1, .text1: return try skipped(width: 1)
    case .bytes4, .text4, .long4: return try skipped(width: 4)
    case .float8:
      let bits = try bytes.unsigned(8, "a number").byteSwapped
      return .real(Double(bitPattern: bits))
    case .unicode4:
      let count = Int(try bytes.unsigned(4, "the length of a text"))
      return .string(try bytes.text(count, "a text"))
    default: return .none
    }
  }

  /// Passes over bytes with their length before them.
  private mutating func skipped(width: Int) throws(CheckpointError) -> PickleValue {
    let count = try bytes.unsigned(width, "the length of bytes")
    guard count <= UInt64(bytes.left) else {
      throw syntax("bytes that the file can hold", "\(count)")
    }
    _ = try bytes.take(Int(count), "bytes")
    return .bytes
  }

  /// Whether a value stands for what is never made, and so takes whatever is put into it.
  private func isInert(_ value: PickleValue) -> Bool {
    if case .inert = object(value) { true } else { false }
  }

  private mutating func extendList(_ values: [PickleValue]) throws(CheckpointError) {
    let target = try pop()
    guard !isInert(target) else { return stack.append(target) }
    guard case .list(var items) = object(target) else {
      throw syntax("a list to append to", describe(target))
    }
    // The object lets go of its items first, so that they are not copied.
    replace(target, with: .list([]))
    items += values
    replace(target, with: .list(items))
    stack.append(target)
  }

  private mutating func extendDictionary(_ values: [PickleValue]) throws(CheckpointError) {
    let target = try pop()
    guard !isInert(target) else { return stack.append(target) }
    guard case .dictionary(var items) = object(target) else {
      throw syntax("a dictionary to put values into", describe(target))
    }
    guard values.count.isMultiple(of: 2) else {
      throw syntax("keys and values in pairs", "\(values.count) values")
    }
    replace(target, with: .dictionary([]))
    for index in stride(from: 0, to: values.count, by: 2) {
      items.append(PicklePair(key: values[index], value: values[index + 1]))
    }
    replace(target, with: .dictionary(items))
    stack.append(target)
  }

  private mutating func global() throws(CheckpointError) -> PickleGlobal {
    PickleGlobal(
      named: "\(try bytes.line("the name of a module")).\(try bytes.line("a name in it"))")
  }

  /// An object of a class, made without its function: no weight is one.
  private mutating func makeNew() throws(CheckpointError) {
    let (given, kind) = (try pop(), try pop())
    guard case .tuple = object(given), case .global(.unknown(let name)) = kind else {
      throw syntax("a class and its arguments", "\(describe(kind)) and \(describe(given))")
    }
    stack.append(make(.inert(name)))
  }

  /// What a checkpoint's own functions return for their arguments.
  private mutating func call() throws(CheckpointError) {
    let (given, function) = (try pop(), try pop())
    if isInert(function), case .tuple = object(given) { return stack.append(function) }
    guard case .global(let name) = function, case .tuple(let arguments) = object(given) else {
      throw syntax(
        "a function and its arguments", "\(describe(function)) and \(describe(given))")
    }
    switch name {
    case .orderedDict:
      guard arguments.isEmpty else { throw syntax("OrderedDict()", "arguments") }
      stack.append(make(.dictionary([])))
    case .rebuildTensor:
      stack.append(make(.tensor(try tensor(arguments))))
    case .rebuildParameter:
      guard let value = arguments.first, case .tensor = object(value) else {
        throw syntax("a tensor as the parameter's value", "something else")
      }
      stack.append(value)
    case .storage:
      throw syntax("a storage's type not to be called", "a call")
    case .unknown(let name):
      stack.append(make(.inert(name)))
    }
  }

  private func tensor(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleTensor {
    guard arguments.count >= 4, case .storage(let storage) = object(arguments[0]),
      case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
      let strides = integers(arguments[3]), shape.count == strides.count
    else {
      throw syntax(
        "a tensor's storage, offset, sizes and strides",
        arguments.prefix(4).map(describe).joined(separator: ", "))
    }
    return PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let items) = object(value) else { return nil }
    var integers: [Int] = []
    for item in items {
      guard case .integer(let integer) = item else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// Attributes of a state dict, such as the versions of its modules, are passed over.
  private mutating func build() throws(CheckpointError) {
    let (attributes, target) = (try pop(), try pop())
    guard !isInert(target) else { return stack.append(target) }
    guard case .dictionary = object(attributes), case .dictionary = object(target) else {
      throw syntax(
        "attributes of a dictionary", "\(describe(attributes)) for \(describe(target))")
    }
    stack.append(target)
  }

  /// `('storage', type, key, location, count[, view])`: numbers that lie beside the pickle.
  private mutating func storage() throws(CheckpointError) {
    let given = try pop()
    if case .tuple(let parts) = object(given), parts.count > 1, parts[0] == .string("storage"),
      case .global(.unknown(let name)) = parts[1]
    {
      return stack.append(make(.inert(name)))
    }
    guard case .tuple(let parts) = object(given), (5...6).contains(parts.count),
      parts[0] == .string("storage"), case .global(.storage(let dtype)) = parts[1],
      case .string(let key) = parts[2], case .integer(let count) = parts[4], count >= 0,
      parts.count == 5 || parts[5] == .none
    else { throw syntax("the type, key, place and size of a storage", describe(given)) }
    stack.append(make(.storage(PickleStorage(key: key, dtype: dtype, count: count))))
  }
}
