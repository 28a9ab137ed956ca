internal import Torch

/// A recorded operation, whose arguments are read as its schema has them.
struct Operation {
  /// LibTorch's name of it.
  let name: String
  /// The tensors that it made.
  let results: [Recording.Value]
  private let arguments: [Recording.Argument]
  private let values: [Recording.Value]

  init(_ call: Recording.Call, _ values: [Recording.Value]) {
    name = call.name
    results = call.results.map { values[$0] }
    arguments = call.arguments
    self.values = values
  }

  /// The first tensor that it made.
  var result: Recording.Value { results[0] }

  /// What is at a place; none where the schema has no more.
  subscript(index: Int) -> Recording.Argument {
    arguments.indices.contains(index) ? arguments[index] : .none
  }

  func tensor(_ index: Int) throws(CompilerError) -> Recording.Number {
    guard case .tensor(let number) = self[index] else { throw wrong(index, "a tensor") }
    return number
  }

  func optionalTensor(_ index: Int) -> Recording.Number? {
    guard case .tensor(let number) = self[index] else { return nil }
    return number
  }

  func tensors(_ index: Int) throws(CompilerError) -> [Recording.Number] {
    guard case .tensors(let numbers) = self[index] else { throw wrong(index, "tensors") }
    return numbers
  }

  /// The shape and type of a tensor among the arguments.
  func value(_ index: Int) throws(CompilerError) -> Recording.Value { values[try tensor(index)] }

  func integer(_ index: Int) throws(CompilerError) -> Int {
    guard case .integer(let value) = self[index] else { throw wrong(index, "a whole number") }
    return value
  }

  /// A number of any kind.
  func number(_ index: Int) throws(CompilerError) -> Double {
    switch self[index] {
    case .integer(let value): return Double(value)
    case .real(let value): return value
    case .bool(let value): return value ? 1 : 0
    default: throw wrong(index, "a number")
    }
  }

  func optionalNumber(_ index: Int) throws(CompilerError) -> Double? {
    self[index] == .none ? nil : try number(index)
  }

  func bool(_ index: Int) throws(CompilerError) -> Bool {
    guard case .bool(let value) = self[index] else { throw wrong(index, "true or false") }
    return value
  }

  func text(_ index: Int) throws(CompilerError) -> String {
    guard case .text(let value) = self[index] else { throw wrong(index, "a word") }
    return value
  }

  func integers(_ index: Int) throws(CompilerError) -> [Int] {
    switch self[index] {
    case .integers(let values): return values
    case .integer(let value): return [value]
    default: throw wrong(index, "whole numbers")
    }
  }

  /// A dimension of a tensor of such a rank, counted from the front.
  func dim(_ index: Int, rank: Int) throws(CompilerError) -> Int {
    let dim = try integer(index)
    return dim < 0 ? dim + rank : dim
  }

  /// Dimensions of a tensor of such a rank; all of them if none are given.
  func dims(_ index: Int, rank: Int) throws(CompilerError) -> [Int] {
    guard self[index] != .none else { return Array(0..<rank) }
    let dims = try integers(index).map { $0 < 0 ? $0 + rank : $0 }
    return dims.isEmpty ? Array(0..<rank) : dims
  }

  /// That an argument cannot be translated.
  func wrong(_ index: Int, _ expected: String) -> CompilerError {
    .argument(
      operation: name, expected: "\(expected) at place \(index)", found: "\(self[index])")
  }
}
