/// What stands on an unpickler's stack.
///
/// No value owns another, so a deeply nested pickle cannot exhaust this program's stack when it is
/// freed.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case string(String)
  /// Bytes, or a number of more than eight, of which no weight is made.
  case bytes
  case global(PickleGlobal)
  /// An object of the unpickler, by its number.
  case object(Int)
}

/// What an unpickler has made: containers, and what a checkpoint's own functions return.
enum PickleObject: Equatable {
  case tuple([PickleValue])
  case list([PickleValue])
  /// Keys and values, in order; a repeated key stands twice.
  case dictionary([PicklePair])
  case storage(PickleStorage)
  case tensor(PickleTensor)
  /// What a function or type that is never called would have made.
  case inert(String)

  /// The kind in a word, for errors.
  var kind: String {
    switch self {
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .inert(let name): "what \(String(name.prefix(100))) would make, which is never called"
    }
  }
}

/// An entry of a dictionary.
struct PicklePair: Equatable {
  let key: PickleValue
  let value: PickleValue
}

/// Numbers that the file holds beside the pickle.
struct PickleStorage: Equatable {
  /// The name under which the file has them.
  let key: String
  let dtype: SafetensorsDType
  /// The number of elements.
  let count: Int
}

/// A view of a storage.
struct PickleTensor: Equatable {
  let storage: PickleStorage
  /// The first element.
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// The names that a pickle uses: those of a state dict have a meaning, all others have none.
enum PickleGlobal: Equatable {
  case orderedDict
  case rebuildTensor
  case rebuildParameter
  case storage(SafetensorsDType)
  /// A name of anything else, which is kept as a name and never called.
  case unknown(String)

  private static let known: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDict,
    "torch._utils._rebuild_tensor_v2": .rebuildTensor,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch.DoubleStorage": .storage(.float64),
    "torch.FloatStorage": .storage(.float32),
    "torch.HalfStorage": .storage(.float16),
    "torch.BFloat16Storage": .storage(.bfloat16),
    "torch.LongStorage": .storage(.int64),
    "torch.IntStorage": .storage(.int32),
    "torch.ShortStorage": .storage(.int16),
    "torch.CharStorage": .storage(.int8),
    "torch.ByteStorage": .storage(.uint8),
    "torch.BoolStorage": .storage(.bool),
  ]

  /// The meaning of a name.
  init(named name: String) {
    self = Self.known[name] ?? .unknown(name)
  }
}
