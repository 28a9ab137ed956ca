/// Prompts whose predictions are added, in the syntax of AUTOMATIC1111's web UI 1.10:
/// `a cat :1.2 AND a dog :-0.5`.
///
/// Liu et al. 2022, section 3.3, https://arxiv.org/abs/2206.01714.
public struct ComposedPrompt: Sendable, Hashable {
  /// One of the prompts.
  public struct Term: Sendable, Hashable {
    /// The prompt, in the other syntaxes of the web UI.
    public let text: String
    /// By how much its prediction, less the unconditional one, counts.
    public let weight: Double
  }

  /// The prompts, in order; at least one.
  public let terms: [Term]

  /// Reads prompts between `AND`s, each with a weight behind a colon at its end.
  public init(_ text: String) {
    let text = PromptText(text)
    var start = 0
    var terms: [Term] = []
    for word in text.scalars[...].places(of: "AND") {
      terms.append(Self.term(text, start..<word.lowerBound))
      start = word.upperBound
    }
    self.terms = terms + [Self.term(text, start..<text.scalars.count)]
  }

  private static func term(_ text: PromptText, _ range: Range<Int>) -> Term {
    let whole = text.scalars[range].trimmed(leading: false)
    let plain = Term(text: text[whole.startIndex..<whole.endIndex], weight: 1)
    guard let colon = whole.lastIndex(of: ":") else { return plain }
    let number = whole[(colon + 1)...].drop { $0.isPythonSpace }
    let isNumber = number.enumerated().allSatisfy { place, scalar in
      "0"..."9" ~= scalar || scalar == "." || place == 0 && (scalar == "-" || scalar == "+")
    }
    guard isNumber, let weight = Double(text[number.startIndex..<number.endIndex]) else {
      return plain
    }
    let before = whole[..<colon].trimmed(leading: false)
    return Term(text: text[before.startIndex..<before.endIndex], weight: weight)
  }
}
