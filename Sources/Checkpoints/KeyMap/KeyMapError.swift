/// Everything in which a map and a file's names do not fit, said at once.
package struct KeyMapError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One misfit.
  package enum Problem: Sendable, Hashable {
    /// No rule speaks of a tensor of the file.
    case unknown(String)
    /// A rule, of these names, finds nothing in the file.
    case unmatched([String])
    /// Tensors that are to be put together lack these.
    case incomplete([String])
    /// A rule cannot take a tensor of this shape.
    case misshapen(String, expected: String, found: [Int])
    /// A rule's name stands inside another's, so that two could speak of one tensor.
    case overlapping(String, String)
  }

  /// All misfits.
  package let problems: [Problem]

  /// The misfits, a line each.
  package var description: String {
    (["the names do not fit the layout:"] + problems.map { "  \($0)" }).joined(separator: "\n")
  }
}

extension KeyMapError.Problem: CustomStringConvertible {
  /// What was expected and what was found.
  package var description: String {
    switch self {
    case .unknown(let name): "\(name): found, but the layout has no such tensor"
    case .unmatched(let names):
      "\(names.joined(separator: ", ")): expected, or tensors below it; found nothing"
    case .incomplete(let names): "\(names.joined(separator: ", ")): expected, found nothing"
    case .misshapen(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .overlapping(let outer, let inner):
      "\(inner.debugDescription) stands inside \(outer.debugDescription): two rules of the layout"
    }
  }
}
