internal import Torch

extension Emitters {
  /// Functions of each element.
  static let functions: [String: Emitter] = [
    "aten::abs": function("Abs"),
    "aten::neg": function("Negative"),
    "aten::sqrt": function("Sqrt"),
    "aten::exp": function("Exp"),
    "aten::log": function("Log"),
    "aten::erf": function("Erf"),
    "aten::sin": function("Sin"),
    "aten::cos": function("Cos"),
    "aten::tanh": function("Tanh"),
    "aten::sigmoid": function("Sigmoid"),
    "aten::relu": function("ReLU"),
    "aten::silu": function("Swish", in: 4),
    "aten::floor": function("Floor"),
    "aten::sign": function("Sign"),
    "aten::round": function("Round", in: 5, ["mode": "half_to_even"]),
    "aten::rsqrt": { (translation, operation) throws(CompilerError) in
      let x = try translation.floating(operation)
      let exponent = try translation.number(-0.5, operation.result.dtype)
      return [try translation.layer("Power", [x, exponent], like: operation.result)]
    },
    "aten::gelu": { (translation, operation) throws(CompilerError) in
      let isTanh = try operation.text(1) == "tanh"
      return [
        try translation.layer(
          "Gelu", in: 7, [try translation.floating(operation)],
          ["approximation_mode": isTanh ? "TANH" : "ERF"], like: operation.result)
      ]
    },
    "aten::clamp": { (translation, operation) throws(CompilerError) in
      let dtype = operation.result.dtype
      var x = try translation.converted(try translation.tensor(operation, 0), to: dtype)
      for (place, type) in [(1, "Maximum"), (2, "Minimum")] {
        guard let bound = try operation.optionalNumber(place) else { continue }
        let limit = try translation.number(bound, dtype)
        x = try translation.layer(type, [x, limit], like: operation.result)
      }
      return [x]
    },
  ]

  private static func function(
    _ type: String, in set: Int = 1, _ attributes: KeyValuePairs<String, String> = [:]
  ) -> Emitter {
    let attributes = attributes.map { ($0, $1) }
    return { (translation, operation) throws(CompilerError) in
      let x = try translation.floating(operation)
      guard let mode = attributes.first else {
        return [try translation.layer(type, in: set, [x], like: operation.result)]
      }
      return [try translation.layer(type, in: set, [x], [mode.0: mode.1], like: operation.result)]
    }
  }

  /// Truths about elements, and choices by them.
  static let comparisons: [String: Emitter] = [
    "aten::eq.Tensor": comparison("Equal"),
    "aten::eq.Scalar": comparison("Equal"),
    "aten::ne.Scalar": comparison("NotEqual"),
    "aten::lt.Tensor": comparison("Less"),
    "aten::lt.Scalar": comparison("Less"),
    "aten::le.Scalar": comparison("LessEqual"),
    "aten::gt.Tensor": comparison("Greater"),
    "aten::gt.Scalar": comparison("Greater"),
    "aten::ge.Scalar": comparison("GreaterEqual"),
    "aten::logical_and": logical("LogicalAnd", 2),
    "aten::logical_or": logical("LogicalOr", 2),
    "aten::logical_not": logical("LogicalNot", 1),
    "aten::where.self": { (translation, operation) throws(CompilerError) in
      let dtype = operation.result.dtype
      let condition = try translation.tensor(operation, 0)
      let first = try translation.converted(try translation.tensor(operation, 1), to: dtype)
      let second = try translation.converted(try translation.tensor(operation, 2), to: dtype)
      return [try translation.layer("Select", [condition, first, second], like: operation.result)]
    },
    "aten::masked_fill.Scalar": { (translation, operation) throws(CompilerError) in
      let (x, mask) = (
        try translation.tensor(operation, 0), try translation.tensor(operation, 1)
      )
      let value = try translation.number(try operation.number(2), operation.result.dtype)
      return [try translation.layer("Select", [mask, value, x], like: operation.result)]
    },
  ]

  private static func comparison(_ type: String) -> Emitter {
    { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      guard let other = try translation.optionalTensor(operation, 1) else {
        let number = try operation.number(1)
        let isWhole = number.rounded() == number && !x.dtype.isFloating
        let dtype = x.dtype.isFloating ? x.dtype : isWhole ? .int64 : .float32
        let own = try translation.converted(x, to: dtype)
        let bound = try translation.number(number, dtype)
        return [try translation.layer(type, [own, bound], like: operation.result)]
      }
      let dtype = common(x.dtype, other.dtype)
      let pair = [
        try translation.converted(x, to: dtype), try translation.converted(other, to: dtype),
      ]
      return [try translation.layer(type, pair, like: operation.result)]
    }
  }

  private static func logical(_ type: String, _ count: Int) -> Emitter {
    { (translation, operation) throws(CompilerError) in
      var inputs: [Graph.Node] = []
      for place in 0..<count {
        let x = try translation.tensor(operation, place)
        guard x.dtype == .bool else { throw operation.wrong(place, "truths") }
        inputs.append(x)
      }
      return [try translation.layer(type, inputs, like: operation.result)]
    }
  }

  /// The type in which two are compared.
  private static func common(_ a: DType, _ b: DType) -> DType {
    guard a != b else { return a }
    if a.isFloating != b.isFloating { return a.isFloating ? a : b }
    return a.byteCount > b.byteCount ? a : b
  }
}

extension Translation {
  /// The first argument in the type of the result.
  fileprivate mutating func floating(_ operation: Operation) throws(CompilerError) -> Node {
    try converted(try tensor(operation, 0), to: operation.result.dtype)
  }
}

extension DType {
  /// Whether the numbers have fractions.
  var isFloating: Bool { [.float16, .bfloat16, .float32, .float64].contains(self) }
}
