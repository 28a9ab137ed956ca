internal import CTorch
internal import Foundation

// How lists travel to the C functions and back; the generated operators call these.

func withPointers<Result>(
  _ tensors: [Tensor], _ body: (UnsafeBufferPointer<OpaquePointer?>) -> Result
) -> Result {
  withExtendedLifetime(tensors) {
    tensors.map(\.pointer).withUnsafeBufferPointer(body)
  }
}

func withInts<Result>(
  _ values: [Int]?, _ body: (UnsafeBufferPointer<Int64>) -> Result
) -> Result {
  guard let values else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
  return values.map { Int64($0) }.withUnsafeBufferPointer(body)
}

func withDoubles<Result>(
  _ values: [Double]?, _ body: (UnsafeBufferPointer<Double>) -> Result
) -> Result {
  guard let values else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
  return values.withUnsafeBufferPointer(body)
}

/// The tensors that a call with a fixed number of results wrote.
private func collect(_ count: Int, _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Bool)
  -> [Tensor]
{
  var pointers = [OpaquePointer?](repeating: nil, count: count)
  check(pointers.withUnsafeMutableBufferPointer { $0.baseAddress.map(body) ?? true })
  return pointers.map { Tensor(owning: $0) }
}

func results2(_ body: (UnsafeMutablePointer<OpaquePointer?>) -> Bool) -> (Tensor, Tensor) {
  let tensors = collect(2, body)
  return (tensors[0], tensors[1])
}

func resultsArray(_ count: Int, _ body: (UnsafeMutablePointer<OpaquePointer?>) -> Bool)
  -> [Tensor]
{
  collect(count, body)
}

/// The tensors of a list that a call made.
func results(_ body: (UnsafeMutablePointer<CTensorList>) -> Bool) -> [Tensor] {
  var list = CTensorList()
  check(body(&list))
  defer { free(list.items) }
  return UnsafeBufferPointer(start: list.items, count: Int(list.count)).map {
    Tensor(owning: $0)
  }
}
