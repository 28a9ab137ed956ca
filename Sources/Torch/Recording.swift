internal import CTorch

/// One call of a function of tensors, as the operations that it made.
///
/// The function runs on tensors that have shapes and types and no numbers, so recording computes
/// nothing. What does not come from its inputs is computed as ever, and is a constant of the
/// recording. Nothing that asks for numbers, draws, or writes into a tensor that comes from an
/// input can be recorded; it is an error that names the operation.
package struct Recording: Sendable {
  /// A tensor, by its place in ``tensors``.
  package typealias Number = Int

  /// A tensor that operations read or make.
  package struct Value: Sendable {
    /// Its sizes.
    package let shape: [Int]
    /// The type of its elements.
    package let dtype: DType
    /// Its numbers, if they are the same in every call.
    package let constant: Tensor?

    /// A tensor of an operation.
    package init(shape: [Int], dtype: DType, constant: Tensor? = nil) {
      (self.shape, self.dtype, self.constant) = (shape, dtype, constant)
    }
  }

  /// What an operation was given.
  package enum Argument: Sendable, Hashable {
    case none
    case tensor(Number)
    case tensors([Number])
    case integer(Int)
    case real(Double)
    case bool(Bool)
    case integers([Int])
    case reals([Double])
    case text(String)
    /// Something that a recording does not keep.
    case other
  }

  /// An operation.
  package struct Call: Sendable {
    /// LibTorch's name of it, such as `aten::add.Tensor`.
    package let name: String
    /// Its arguments in the order of its schema.
    package let arguments: [Argument]
    /// The tensors that it made.
    package let results: [Number]

    /// A call of an operation.
    package init(name: String, arguments: [Argument], results: [Number]) {
      (self.name, self.arguments, self.results) = (name, arguments, results)
    }
  }

  /// All tensors.
  package let tensors: [Value]
  /// The tensors that the function was given.
  package let inputs: [Number]
  /// The tensors that it returned.
  package let outputs: [Number]
  /// The operations, in their order.
  package let calls: [Call]

  /// A recording of calls that were made in other ways.
  package init(tensors: [Value], inputs: [Number], outputs: [Number], calls: [Call]) {
    (self.tensors, self.inputs, self.outputs, self.calls) = (tensors, inputs, outputs, calls)
  }

  /// Records a function.
  ///
  /// - Parameters:
  ///   - inputs: Tensors like those that it will be given; only shapes and types matter.
  ///   - function: The function; it must not suspend.
  /// - Throws: What it throws, or a ``TorchError`` for what cannot be recorded.
  package init(_ inputs: [Tensor], _ function: ([Tensor]) throws -> [Tensor]) throws {
    let recorder = Recorder()
    (self.inputs, outputs) = try checked {
      let traced = inputs.map { recorder.input(like: $0) }
      let results = try withoutGradients {
        ct_record_into(recorder.pointer)
        defer { ct_record_into(nil) }
        return try function(traced)
      }
      return (Array(traced.indices), results.map { recorder.number(of: $0) })
    }
    tensors = try checked { recorder.tensors }
    calls = recorder.calls
  }
}

/// LibTorch's side of a recording.
private final class Recorder {
  let pointer: OpaquePointer?

  init() {
    pointer = ct_recording()
    check(pointer != nil)
  }

  deinit {
    if let pointer { ct_recording_release(pointer) }
  }

  func input(like tensor: Tensor) -> Tensor {
    withInts(tensor.shape.sizes) {
      result(
        ct_recording_input(pointer, $0.baseAddress, Int64($0.count), tensor.dtype.rawValue))
    }
  }

  func number(of tensor: Tensor) -> Int {
    let number = ct_recording_number(pointer, tensor.pointer)
    check(number >= 0)
    return Int(number)
  }

  var tensors: [Recording.Value] {
    (0..<ct_recording_tensor_count(pointer)).map { number in
      let tensor = result(ct_recording_tensor(pointer, number))
      return Recording.Value(
        shape: tensor.shape.sizes, dtype: tensor.dtype,
        constant: ct_recording_is_constant(pointer, number) ? tensor : nil)
    }
  }

  var calls: [Recording.Call] {
    (0..<ct_recording_call_count(pointer)).map { call in
      var count: Int64 = 0
      let results = ct_recording_results(pointer, call, &count)
      return Recording.Call(
        name: ct_recording_operator(pointer, call).map { String(cString: $0) } ?? "",
        arguments: (0..<ct_recording_argument_count(pointer, call)).map {
          Recording.Argument(ct_recording_argument(pointer, call, $0))
        },
        results: UnsafeBufferPointer(start: results, count: Int(count)).map { Int($0) })
    }
  }
}

extension Recording.Argument {
  fileprivate init(_ argument: CArgument) {
    let count = Int(argument.count)
    func integers() -> [Int] {
      UnsafeBufferPointer(start: argument.integers, count: count).map { Int($0) }
    }
    self =
      switch argument.kind {
      case CArgumentNone: .none
      case CArgumentTensor: argument.integer < 0 ? .none : .tensor(Int(argument.integer))
      case CArgumentTensors: .tensors(integers())
      case CArgumentInt: .integer(Int(argument.integer))
      case CArgumentReal: .real(argument.real)
      case CArgumentBool: .bool(argument.integer != 0)
      case CArgumentInts: .integers(integers())
      case CArgumentReals: .reals(Array(UnsafeBufferPointer(start: argument.reals, count: count)))
      case CArgumentText: .text(argument.text.map { String(cString: $0) } ?? "")
      default: .other
      }
  }
}
