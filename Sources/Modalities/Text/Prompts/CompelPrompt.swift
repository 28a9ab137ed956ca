/// A prompt in the syntax of compel 2.5: `cat++`, `(red hat)1.3`, `("a", "b").blend(1, 0.5)`,
/// `("a", "b").and(1, 0.8)`.
///
/// A `+` weighs 1.1 times, a `-` 0.9 times; a backslash takes the meaning from a bracket. compel's
/// `.swap`, which edits by cross-attention, is refused, and so is what follows `.and(…)`, which
/// compel passes over in silence.
public struct CompelPrompt: Sendable, Hashable {
  /// A text that counts by a weight.
  public struct Fragment: Sendable, Hashable {
    /// The text.
    public let text: String
    /// The weight; below 1, the prompt is moved towards one without the text.
    public let weight: Double

    /// A text with a weight.
    public init(text: String, weight: Double) {
      self.text = text
      self.weight = weight
    }
  }

  /// What one part of a prompt is made of.
  public enum Content: Sendable, Hashable {
    /// Texts one behind the other.
    case fragments([Fragment])
    /// Prompts whose states are added, each by its weight; by its share of all, if normalized.
    case blend([[Fragment]], weights: [Double], isNormalized: Bool)
  }

  /// One of the parts whose states stand one behind the other.
  public struct Term: Sendable, Hashable {
    /// What it is made of.
    public let content: Content
    /// By how much its states are moved away from those of the empty prompt.
    public let weight: Double
  }

  /// A low-rank adapter that the prompt asks for, by `withLora(name, weight)`.
  public struct Adapter: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// By how much it counts.
    public let weight: Double
  }

  /// The prompt as it was written.
  public let text: String
  /// The parts, at least one.
  public let terms: [Term]
  /// The adapters, in order.
  public let adapters: [Adapter]

  /// Reads a prompt.
  ///
  /// - Parameter text: Any text.
  /// - Throws: `PromptError` for a weight that is no number, another number of weights than of
  ///   prompts, `.swap`, text behind `.and(…)` or `.blend(…)`, or brackets within a hundred
  ///   others.
  public init(_ text: String) throws(PromptError) {
    let empty = Term(content: .fragments([Fragment(text: "", weight: 1)]), weight: 1)
    var grammar = CompelGrammar(text)
    let nodes = try grammar.prompt()
    var adapters: [Adapter] = []
    var terms: [Term] = []
    for (node, weight) in nodes {
      guard let content = node.content(&adapters) else { continue }
      terms.append(Term(content: content, weight: weight))
    }
    self.terms = terms.isEmpty ? [empty] : terms
    self.adapters = adapters
    self.text = text
  }
}

/// A part of a prompt as its grammar has it.
indirect enum CompelNode {
  case text(String)
  case weighted([CompelNode], Double)
  case adapter(CompelPrompt.Adapter)
  case group([CompelNode])
  case blend([[CompelNode]], weights: [Double], isNormalized: Bool)

  /// What a whole part is made of; nothing if it only asks for adapters.
  func content(_ adapters: inout [CompelPrompt.Adapter]) -> CompelPrompt.Content? {
    guard case .blend(let prompts, let weights, let isNormalized) = self else {
      let fragments = Self.joined([self], &adapters)
      return fragments.isEmpty ? nil : .fragments(fragments)
    }
    return .blend(
      prompts.map { Self.joined($0, &adapters) }, weights: weights, isNormalized: isNormalized)
  }

  /// Texts with the products of the weights around them, neighbours of equal weight joined.
  private static func joined(
    _ nodes: [CompelNode], _ adapters: inout [CompelPrompt.Adapter]
  ) -> [CompelPrompt.Fragment] {
    var fragments: [CompelPrompt.Fragment] = []
    for node in nodes { node.collect(1, &fragments, &adapters) }
    return fragments.reduce(into: []) { joined, fragment in
      if let last = joined.last, last.weight == fragment.weight {
        joined[joined.count - 1] = .init(
          text: CompelReader.unescaped(last.text + " " + fragment.text), weight: last.weight)
      } else {
        joined.append(fragment)
      }
    }
  }

  private func collect(
    _ scale: Double, _ fragments: inout [CompelPrompt.Fragment],
    _ adapters: inout [CompelPrompt.Adapter]
  ) {
    switch self {
    case .text(let text):
      fragments.append(.init(text: CompelReader.unescaped(text), weight: scale))
    case .adapter(let adapter): adapters.append(adapter)
    case .group(let nodes):
      for node in nodes { node.collect(scale, &fragments, &adapters) }
    case .weighted(let nodes, let weight):
      for node in nodes { node.collect(scale * weight, &fragments, &adapters) }
    case .blend(let prompts, _, _):
      for node in prompts.joined() { node.collect(scale, &fragments, &adapters) }
    }
  }
}
