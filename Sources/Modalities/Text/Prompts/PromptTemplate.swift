/// A text from which prompts are drawn, in the syntax of the library dynamicprompts 0.31, which
/// the extension Dynamic Prompts of AUTOMATIC1111's web UI uses.
///
/// `{red|2::green}` is one of its options, the second twice as often; `{2$$a|b|c}` two of them,
/// `{1-2$$ and $$a|b|c}` one or two with ` and ` between them; `__colour__` is a line of the file
/// `colour.txt`. They may be nested. What follows a `#` in a line is a comment. Variables,
/// `${…}`, wrapping, `%{…}`, and samplers of one's own, `{!…}` and `{@…}`, are refused.
public struct PromptTemplate: Sendable, Hashable {
  /// A part of a template.
  indirect enum Part: Sendable, Hashable {
    case text(String)
    case choice(Choice)
    /// The lines of a file by its name without `.txt`.
    case wildcard(String)
  }

  /// Some of several options.
  struct Choice: Sendable, Hashable {
    struct Option: Sendable, Hashable {
      let weight: Double
      let parts: [Part]
    }

    let options: [Option]
    /// How many are taken, none of them twice; all where there are fewer.
    let count: ClosedRange<Int>
    let separator: String
  }

  let parts: [Part]

  /// Reads a template.
  ///
  /// - Parameter text: Any text.
  /// - Throws: `PromptError` for a brace that is not closed, a weight or a number that is none, or
  ///   what is not followed.
  public init(_ text: String) throws(PromptError) {
    var parser = TemplateParser(text)
    parts = try parser.parse()
  }

  /// The names of the files that are asked for, in their order; those in other files not.
  public var wildcards: [String] { Self.wildcards(parts) }

  private static func wildcards(_ parts: [Part]) -> [String] {
    parts.flatMap { part -> [String] in
      switch part {
      case .text: []
      case .wildcard(let name): [name]
      case .choice(let choice): choice.options.flatMap { wildcards($0.parts) }
      }
    }
  }
}
