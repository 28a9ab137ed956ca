/// The sizes of a tensor's dimensions, counted from either end: `shape[-1]` is the last.
public struct Shape: Sendable, Hashable, RandomAccessCollection, ExpressibleByArrayLiteral {
  /// The sizes, outermost first.
  public let sizes: [Int]

  /// A shape of the given sizes.
  public init(_ sizes: [Int]) {
    self.sizes = sizes
  }

  /// A shape of the given sizes.
  public init(arrayLiteral elements: Int...) {
    sizes = elements
  }

  /// The first dimension's index.
  public var startIndex: Int { 0 }

  /// One past the last dimension's index.
  public var endIndex: Int { sizes.count }

  /// The number of elements of a tensor of this shape.
  public var elementCount: Int { sizes.reduce(1, *) }

  /// The size of a dimension; negative indices count from the end.
  ///
  /// A dimension that does not exist is an error as an operator's is (see ``checked(_:)``), and
  /// answers 1.
  public subscript(index: Int) -> Int {
    let position = index < 0 ? index + sizes.count : index
    guard sizes.indices.contains(position) else {
      record(TorchError("dimension \(index) of a tensor of shape \(self) does not exist"))
      return 1
    }
    return sizes[position]
  }
}

extension Shape: CustomStringConvertible {
  /// The sizes in brackets.
  public var description: String { sizes.description }
}
