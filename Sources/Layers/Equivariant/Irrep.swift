/// How a few numbers change as space is turned and mirrored: an irreducible representation of O(3).
///
/// `1o` is a vector, `1e` an axis of rotation, `0e` a scalar, `0o` a scalar that a mirror negates.
public struct Irrep: Sendable, Hashable {
  /// What the inversion of space, `x → -x`, does.
  public enum Parity: Int, Sendable, Hashable {
    /// The numbers change their sign.
    case odd = -1
    /// The numbers stay as they are.
    case even = 1

    /// The parity of a product.
    public static func * (a: Parity, b: Parity) -> Parity { a == b ? .even : .odd }

    /// The parity that a vector's powers have.
    public static func natural(_ degree: Int) -> Parity { degree % 2 == 0 ? .even : .odd }
  }

  /// The largest degree that a text may name; 3j symbols of two such keep 14 digits.
  public static let maximumDegree = 12

  /// The degree `l`, at least 0.
  public let degree: Int

  /// What a mirror does.
  public let parity: Parity

  /// The representation of a degree of at least 0 and a parity.
  public init(_ degree: Int, _ parity: Parity) {
    precondition(degree >= 0, "degree \(degree) is below 0")
    self.degree = degree
    self.parity = parity
  }

  /// How many numbers there are, `2l + 1`.
  public var dimension: Int { 2 * degree + 1 }

  /// Whether neither a rotation nor a mirror changes anything.
  public var isScalar: Bool { degree == 0 && parity == .even }

  /// What a product of two holds, by rising degree, each once.
  public static func * (a: Irrep, b: Irrep) -> [Irrep] {
    (abs(a.degree - b.degree)...(a.degree + b.degree)).map { Irrep($0, a.parity * b.parity) }
  }
}

extension Irrep: Comparable {
  /// By degree, odd before even.
  public static func < (a: Irrep, b: Irrep) -> Bool {
    (a.degree, a.parity.rawValue) < (b.degree, b.parity.rawValue)
  }
}

extension Irrep: CustomStringConvertible {
  /// The degree and the parity's first letter.
  public var description: String { "\(degree)\(parity == .even ? "e" : "o")" }
}
