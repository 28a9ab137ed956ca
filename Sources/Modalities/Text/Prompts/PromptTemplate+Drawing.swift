extension PromptTemplate {
  /// The lines of the files of a name, each a template.
  public typealias Lines = (_ wildcard: String) throws -> [String]

  /// How deep files may name other files.
  private static let deepest = 32

  /// Draws a prompt.
  ///
  /// - Parameters:
  ///   - lines: Answers a wildcard.
  ///   - random: Draws a number in [0, 1).
  /// - Returns: The prompt.
  /// - Throws: ``TemplateError``, `PromptError` for a line, or what `lines` throws.
  public func prompt(from lines: Lines, random: () -> Double) throws -> String {
    try Self.drawn(parts, lines, random, within: [])
  }

  /// All prompts that can be drawn, each once, in the order of the options.
  ///
  /// - Parameters:
  ///   - lines: Answers a wildcard.
  ///   - limit: The most prompts that there may be.
  /// - Returns: The prompts.
  /// - Throws: ``TemplateError`` where there are more than the limit, `PromptError` for a line, or
  ///   what `lines` throws.
  public func prompts(from lines: Lines, limit: Int = 10_000) throws -> [String] {
    try Self.all(parts, lines, limit, within: [])
  }

  private static func drawn(
    _ parts: [Part], _ lines: Lines, _ random: () -> Double, within names: [String]
  ) throws -> String {
    try parts.map { part in
      switch part {
      case .text(let text): return text
      case .wildcard(let name):
        let templates = try templates(name, lines, within: names)
        let line = templates[index(of: random(), below: templates.count)]
        return try drawn(line.parts, lines, random, within: names + [name])
      case .choice(let choice):
        let choice = try expanded(choice, lines, within: names)
        let counts = choice.counts
        let count = counts.lowerBound + index(of: random(), below: counts.count)
        return try picked(choice.options, count, random).map {
          try drawn($0.parts, lines, random, within: names)
        }.joined(separator: choice.separator)
      }
    }.joined()
  }

  private static func index(of share: Double, below count: Int) -> Int {
    min(Int(share * Double(count)), count - 1)
  }

  /// Some of the options, one after the other by their weights, none of them twice.
  private static func picked(
    _ options: [Choice.Option], _ count: Int, _ random: () -> Double
  ) -> [Choice.Option] {
    var (left, taken) = (options.filter { $0.weight > 0 }, [Choice.Option]())
    while taken.count < count, !left.isEmpty {
      var rest = random() * left.reduce(0) { $0 + $1.weight }
      let place =
        left.firstIndex { option in
          rest -= option.weight
          return rest < 0
        } ?? left.count - 1
      taken.append(left.remove(at: place))
    }
    return taken
  }

  private static func all(
    _ parts: [Part], _ lines: Lines, _ limit: Int, within names: [String]
  ) throws -> [String] {
    var prompts = [""]
    for part in parts {
      let ends: [String]
      switch part {
      case .text(let text): ends = [text]
      case .wildcard(let name):
        ends = try templates(name, lines, within: names).flatMap {
          try all($0.parts, lines, limit, within: names + [name])
        }
      case .choice(let choice):
        ends = try all(expanded(choice, lines, within: names), lines, limit, within: names)
      }
      guard prompts.count * ends.count <= limit else { throw TemplateError.tooMany(limit: limit) }
      prompts = prompts.flatMap { start in ends.map { start + $0 } }
    }
    var seen: Set<String> = []
    return prompts.filter { seen.insert($0).inserted }
  }

  /// What a choice can become: every order of every number of its options.
  private static func all(
    _ choice: Choice, _ lines: Lines, _ limit: Int, within names: [String]
  ) throws -> [String] {
    let options = try choice.options.map { try all($0.parts, lines, limit, within: names) }
    var (found, taken): ([String], [[(used: [Int], texts: [String])]]) = ([], [[([], [])]])
    for count in 0...choice.counts.upperBound {
      if count > 0 {
        let longer = taken[count - 1].flatMap { start in
          options.indices.filter { !start.used.contains($0) }.flatMap { place in
            options[place].map { (start.used + [place], start.texts + [$0]) }
          }
        }
        guard longer.count <= limit else { throw TemplateError.tooMany(limit: limit) }
        taken.append(longer)
      }
      guard choice.counts.contains(count) else { continue }
      found += taken[count].map { $0.texts.joined(separator: choice.separator) }
    }
    return found
  }

  /// A choice of several lines of one file has them as its options.
  private static func expanded(
    _ choice: Choice, _ lines: Lines, within names: [String]
  ) throws -> Choice {
    guard choice.options.count == 1, choice.count.upperBound > 1,
      case .wildcard(let name) = choice.options[0].parts.first,
      choice.options[0].parts.count == 1
    else { return choice }
    return Choice(
      options: try templates(name, lines, within: names).map {
        Choice.Option(weight: 1, parts: $0.parts)
      }, count: choice.count, separator: choice.separator)
  }

  private static func templates(
    _ name: String, _ lines: Lines, within names: [String]
  ) throws -> [PromptTemplate] {
    guard !names.contains(name), names.count < deepest else {
      throw TemplateError.circular(names + [name])
    }
    let found = try lines(name).map { try PromptTemplate($0) }
    guard !found.isEmpty else { throw TemplateError.empty(name) }
    return found
  }
}

extension PromptTemplate.Choice {
  /// How many options can be taken.
  var counts: ClosedRange<Int> {
    min(count.lowerBound, options.count)...min(count.upperBound, options.count)
  }
}

/// Why no prompt can be drawn from a template.
public enum TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A file has no line that is not blank.
  case empty(String)
  /// Files name each other in a circle, or too deeply.
  case circular([String])
  /// There are more prompts than can be drawn.
  case tooMany(limit: Int)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .empty(let name): "__\(name)__: expected a text in each line, found none"
    case .circular(let names):
      "__\(names.last ?? "")__: expected files that end in texts, found a circle: "
        + names.joined(separator: " → ")
    case .tooMany(let limit): "template: expected \(limit) prompts or fewer, found more"
    }
  }
}
