/// The representations that a vector of features is made of, in its order: `16x0e+4x1o+2x2e`.
///
/// The copies of a term stand one after the other, and the numbers of each copy together, as in
/// e3nn (Geiger and Smidt 2022, https://arxiv.org/abs/2207.09453).
public struct Irreps: Sendable, Hashable {
  /// Some copies of one representation.
  public struct Term: Sendable, Hashable {
    /// How many copies, at least 0.
    public let multiplicity: Int
    /// The representation.
    public let irrep: Irrep

    /// Copies of a representation.
    public init(_ multiplicity: Int, _ irrep: Irrep) {
      precondition(multiplicity >= 0, "\(multiplicity) copies of \(irrep)")
      self.multiplicity = multiplicity
      self.irrep = irrep
    }

    /// How many numbers there are.
    public var dimension: Int { multiplicity * irrep.dimension }
  }

  /// The terms, in the order of the features.
  public let terms: [Term]

  /// The representations of these terms.
  public init(_ terms: [Term]) {
    self.terms = terms
  }

  /// The representations of a text such as `16x0e + 4x1o + 2e`; an empty one has none.
  ///
  /// - Parameter text: The terms; `y` stands for the parity of a vector's powers.
  /// - Throws: ``IrrepsError`` if it is no such text, or its degrees or sizes are too large.
  public init(_ text: String) throws(IrrepsError) {
    var terms: [Term] = []
    var total = 0
    let isEmpty = text.allSatisfy(\.isWhitespace)
    for part in isEmpty ? [] : text.split(separator: "+", omittingEmptySubsequences: false) {
      let term = try Self.term(part, of: text)
      let (sum, overflows) = total.addingReportingOverflow(term.dimension)
      guard !overflows, sum <= Int(Int32.max) else { throw IrrepsError.tooLarge(text: text) }
      total = sum
      terms.append(term)
    }
    self.terms = terms
  }

  private static func term(_ part: Substring, of text: String) throws(IrrepsError) -> Term {
    let term = part.trimmed
    let factors = term.split(separator: "x", omittingEmptySubsequences: false).map(\.trimmed)
    guard (1...2).contains(factors.count), let name = factors.last, let letter = name.last,
      let degree = number(name.dropLast()),
      let multiplicity = factors.count == 1 ? 1 : number(factors[0])
    else { throw IrrepsError.malformed(term: String(term), text: text) }
    guard degree <= Irrep.maximumDegree else { throw IrrepsError.degree(degree, text: text) }
    guard multiplicity <= Int(Int32.max) else { throw IrrepsError.tooLarge(text: text) }
    switch letter {
    case "e": return Term(multiplicity, Irrep(degree, .even))
    case "o": return Term(multiplicity, Irrep(degree, .odd))
    case "y": return Term(multiplicity, Irrep(degree, .natural(degree)))
    default: throw IrrepsError.malformed(term: String(term), text: text)
    }
  }

  private static func number(_ digits: Substring) -> Int? {
    digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
  }

  /// The representations of a vector's spherical harmonics, from degree 0 up to `degree`.
  public static func sphericalHarmonics(upTo degree: Int) -> Irreps {
    Irreps((0...degree).map { Term(1, Irrep($0, .natural($0))) })
  }

  /// How many numbers all terms have.
  public var dimension: Int { terms.reduce(0) { $0 + $1.dimension } }

  /// How many copies there are of all terms.
  public var count: Int { terms.reduce(0) { $0 + $1.multiplicity } }

  /// Where the numbers of each term are.
  public var slices: [Range<Int>] {
    var start = 0
    return terms.map { term in
      defer { start += term.dimension }
      return start..<(start + term.dimension)
    }
  }

  /// The same features with neighbouring terms of one representation as one, without empty terms.
  public func simplified() -> Irreps {
    var merged: [Term] = []
    for term in terms where term.multiplicity > 0 {
      if let last = merged.last, last.irrep == term.irrep {
        merged[merged.count - 1] = Term(last.multiplicity + term.multiplicity, term.irrep)
      } else {
        merged.append(term)
      }
    }
    return Irreps(merged)
  }

  /// The terms by rising degree, odd before even; equal ones keep their order.
  ///
  /// - Returns: The sorted terms, and for each term of these its place among those.
  public func sorted() -> (irreps: Irreps, places: [Int]) {
    let order = terms.indices.sorted { (terms[$0].irrep, $0) < (terms[$1].irrep, $1) }
    var places = [Int](repeating: 0, count: terms.count)
    for (place, index) in order.enumerated() { places[index] = place }
    return (Irreps(order.map { terms[$0] }), places)
  }

  /// Features of `a` followed by features of `b`.
  public static func + (a: Irreps, b: Irreps) -> Irreps { Irreps(a.terms + b.terms) }
}

extension Irreps: CustomStringConvertible {
  /// The terms with their copies, joined by `+`.
  public var description: String {
    terms.map { "\($0.multiplicity)x\($0.irrep)" }.joined(separator: "+")
  }
}

extension Substring {
  /// Without the spaces at both ends.
  fileprivate var trimmed: Substring {
    let start = drop(while: \.isWhitespace)
    return start.prefix(
      (start.lastIndex { !$0.isWhitespace }.map {
        start.distance(from: start.startIndex, to: $0) + 1
      }) ?? 0)
  }
}
