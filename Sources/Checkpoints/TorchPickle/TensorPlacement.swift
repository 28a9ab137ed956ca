/// Where a file has the storages of its tensors, and so the tensors.
struct TensorPlacement {
  /// The file, for errors.
  let file: String
  /// The storages and the places of their first bytes, by name.
  var storages: [String: (storage: PickleStorage, start: Int)] = [:]

  /// Where the elements of a tensor are.
  func entry(
    _ name: String, _ tensor: PickleTensor
  ) throws(CheckpointError) -> TorchPickle.Entry {
    func malformed(_ expected: String, _ found: String) -> CheckpointError {
      .malformed(file: file, tensor: name, expected: expected, found: found)
    }
    guard let (storage, start) = storages[tensor.storage.key], storage == tensor.storage else {
      throw malformed("its storage in the file", "none of that name, type and size")
    }
    let (shape, dtype) = (tensor.shape, storage.dtype)
    guard shape.count <= HeaderParser.maximumRank, shape.allSatisfy({ $0 >= 0 }),
      let count = dtype.byteCount(shape)
    else {
      throw malformed("at most \(HeaderParser.maximumRank) sizes from 0", "\(shape)")
    }
    guard let order = Self.memoryOrder(of: tensor) else {
      throw malformed("elements without gaps", "strides \(tensor.strides) of \(shape)")
    }
    let width = dtype.bits / 8
    guard tensor.offset >= 0, tensor.offset <= storage.count,
      count <= (storage.count - tensor.offset) * width
    else {
      throw malformed(
        "elements within the \(storage.count) of the storage",
        "\(shape) from element \(tensor.offset)")
    }
    let first = start + tensor.offset * width
    return TorchPickle.Entry(
      name: name, dtype: dtype, shape: shape, order: order, range: first..<first + count)
  }

  /// The dimensions, outermost first, if the elements lie side by side in some order of them.
  private static func memoryOrder(of tensor: PickleTensor) -> [Int]? {
    let dimensions = Array(tensor.shape.indices)
    if tensor.shape.contains(0) { return dimensions }
    // Dimensions of one element can have any stride; they may stand anywhere.
    let order = dimensions.sorted {
      (tensor.strides[$1], tensor.shape[$1], $0) < (tensor.strides[$0], tensor.shape[$0], $1)
    }
    var expected = 1
    for dimension in order.reversed() where tensor.shape[dimension] != 1 {
      guard tensor.strides[dimension] == expected else { return nil }
      let (product, overflow) = expected.multipliedReportingOverflow(by: tensor.shape[dimension])
      guard !overflow else { return nil }
      expected = product
    }
    return order
  }
}
