/// The pieces of a WordPiece vocabulary, as a tree of Unicode scalars.
///
/// Swift's strings are equal when they are canonically equivalent, which a vocabulary's are not:
/// the tree compares scalar by scalar, and finds the longest piece in one walk.
struct Vocabulary: Sendable {
  /// A place in the tree: the characters on the way to it.
  struct Node: Equatable {
    fileprivate let index: UInt32
    static let root = Node(index: 0)
  }

  private var children: [UInt64: UInt32] = [:]
  private var identifiers: [Int?] = [nil]

  init(_ pieces: [String: Int]) {
    children.reserveCapacity(pieces.count * 3)
    identifiers.reserveCapacity(pieces.count * 3)
    for (piece, identifier) in pieces {
      var node: UInt32 = 0
      for scalar in piece.unicodeScalars {
        let edge = Self.edge(node, scalar)
        if let next = children[edge] {
          node = next
        } else {
          let next = UInt32(identifiers.count)
          children[edge] = next
          identifiers.append(nil)
          node = next
        }
      }
      identifiers[Int(node)] = identifier
    }
  }

  /// The node one character further, if any piece goes that way.
  func child(of node: Node, _ scalar: Unicode.Scalar) -> Node? {
    children[Self.edge(node.index, scalar)].map(Node.init)
  }

  /// The node at the end of some characters, if any piece begins with them.
  func node(_ prefix: String) -> Node? {
    var node = Node.root
    for scalar in prefix.unicodeScalars {
      guard let next = child(of: node, scalar) else { return nil }
      node = next
    }
    return node
  }

  /// The number of the piece that ends at a node.
  func identifier(at node: Node) -> Int? {
    identifiers[Int(node.index)]
  }

  private static func edge(_ node: UInt32, _ scalar: Unicode.Scalar) -> UInt64 {
    UInt64(node) << 32 | UInt64(scalar.value)
  }
}
