/// Why a text or a list of representations cannot be used.
public enum IrrepsError: Error, Sendable, Hashable {
  /// A term of the text is none.
  case malformed(term: String, text: String)
  /// A term's degree is above ``Irrep/maximumDegree``.
  case degree(Int, text: String)
  /// The numbers of all terms are more than 2³¹ - 1.
  case tooLarge(text: String)
  /// A product of the first two does not hold the third.
  case noSuchPath(Irrep, Irrep, Irrep)
  /// The multiplicities do not go together in the way the path connects them.
  case multiplicities(Int, Int, output: Int)
  /// A path names a term that is not there.
  case noSuchTerm(Int, of: Irreps)
  /// The spherical harmonics of one kind of vector cannot have these parities.
  case parities(Irreps)
  /// The features that are added to the result are no part of it.
  case residual(Irreps, into: Irreps)
  /// Two terms are alike where each may be there only once.
  case repeated(Irrep, in: Irreps)
}

extension IrrepsError: CustomStringConvertible {
  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .malformed(let term, let text):
      "\"\(text)\": expected terms such as 16x0e or 1o, joined by +, found \"\(term)\""
    case .degree(let degree, let text):
      "\"\(text)\": expected degrees up to \(Irrep.maximumDegree), found \(degree)"
    case .tooLarge(let text): "\"\(text)\": expected at most 2147483647 numbers, found more"
    case .noSuchPath(let a, let b, let c):
      "a product of \(a) and \(b): expected one of \(a * b), found \(c)"
    case .multiplicities(let a, let b, let c):
      "a path from \(a) and \(b) copies: they do not lead to \(c) copies"
    case .noSuchTerm(let index, let irreps):
      "\(irreps): expected a term below \(irreps.terms.count), found number \(index)"
    case .parities(let irreps):
      "spherical harmonics \(irreps): expected the parities of one vector, such as 0e+1o+2e"
    case .residual(let input, let output):
      "a residual: expected \(input) to be the beginning of the result, found \(output)"
    case .repeated(let irrep, let irreps): "\(irreps): expected \(irrep) once, found it twice"
    }
  }
}
