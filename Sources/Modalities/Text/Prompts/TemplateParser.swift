/// Takes a template for prompts apart.
struct TemplateParser {
  private static let deepest = 100

  private let text: PromptText
  private var place = 0

  init(_ text: String) {
    self.text = PromptText(Self.withoutComments(Array(text.unicodeScalars)))
  }

  /// The text but for what follows a `#` in a line.
  private static func withoutComments(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    scalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Array($0.prefix { $0 != "#" }) }.joined(separator: ["\n"]).map { $0 }
  }

  private var next: Unicode.Scalar? { place < text.scalars.count ? text.scalars[place] : nil }

  private func begins(with word: String) -> Bool {
    text.scalars[place...].starts(with: word.unicodeScalars)
  }

  /// The parts of the whole template.
  mutating func parse() throws(PromptError) -> [PromptTemplate.Part] {
    try parts(depth: 0)
  }

  /// Parts as far as they go: to the end, or within braces to a bar or the brace that closes.
  private mutating func parts(depth: Int) throws(PromptError) -> [PromptTemplate.Part] {
    guard depth <= Self.deepest else {
      throw text.error(.tooDeep(limit: Self.deepest), at: place)
    }
    var parts: [PromptTemplate.Part] = []
    var literal: [Unicode.Scalar] = []
    func flushed() -> [PromptTemplate.Part] {
      literal.isEmpty ? parts : parts + [.text(PromptText(literal)[0..<literal.count])]
    }
    while let scalar = next {
      if depth > 0, scalar == "|" || scalar == "}" { break }
      for sign in ["${", "%{"] where begins(with: sign) {
        throw text.error(.unsupported(operator: sign), at: place)
      }
      if scalar == "{" {
        parts = flushed()
        literal = []
        parts.append(.choice(try choice(depth: depth + 1)))
      } else if begins(with: "__"), let name = try wildcard() {
        parts = flushed()
        literal = []
        parts.append(.wildcard(name))
      } else {
        literal.append(scalar)
        place += 1
      }
    }
    return flushed()
  }

  /// The name between two pairs of low lines; nothing where no second pair follows in the braces.
  private mutating func wildcard() throws(PromptError) -> String? {
    let start = place + 2
    var end = start
    while end + 1 < text.scalars.count, !"{}|\n".unicodeScalars.contains(text.scalars[end]) {
      if text.scalars[end] == "_", text.scalars[end + 1] == "_" { break }
      end += 1
    }
    guard end > start, end + 1 < text.scalars.count, text.scalars[end] == "_",
      text.scalars[end + 1] == "_"
    else { return nil }
    for sign in text.scalars[start..<end] where "!@~()$".unicodeScalars.contains(sign) {
      throw text.error(.unsupported(operator: "__\(sign)__"), at: start)
    }
    place = end + 2
    return text[start..<end]
  }

  private mutating func choice(depth: Int) throws(PromptError) -> PromptTemplate.Choice {
    let start = place
    place += 1
    skipSpace()
    if let sign = next, "!@~".unicodeScalars.contains(sign) {
      throw text.error(.unsupported(operator: "{\(sign)"), at: place)
    }
    let bound = bound()
    var options: [PromptTemplate.Choice.Option] = []
    while true {
      skipSpace()
      let weight = weight()
      options.append(.init(weight: weight, parts: try parts(depth: depth)))
      guard let end = next else { throw text.error(.unclosed("{"), at: start) }
      place += 1
      if end == "}" { break }
    }
    let (lowest, highest, separator) = bound ?? (1, 1, ",")
    return PromptTemplate.Choice(
      options: options, count: lowest...max(lowest, highest), separator: separator)
  }

  private mutating func skipSpace() {
    while let scalar = next, scalar.isPythonSpace { place += 1 }
  }

  /// `2$$`, `1-2$$` or `1-2$$ and $$`, if that is what stands here.
  private mutating func bound() -> (lowest: Int, highest: Int, separator: String)? {
    let start = place
    let (first, hasRange) = (number(), skip("-"))
    let last = hasRange ? number() : first
    guard first != nil || last != nil, skip("$$") else {
      place = start
      return nil
    }
    let begin = place
    while let scalar = next, !"${}".unicodeScalars.contains(scalar) { place += 1 }
    let separator = text[begin..<place]
    let isGiven = place > begin && skip("$$")
    if !isGiven { place = begin }
    return (first ?? 1, last ?? Int.max, isGiven ? separator : ",")
  }

  private mutating func skip(_ word: String) -> Bool {
    guard begins(with: word) else { return false }
    place += word.unicodeScalars.count
    return true
  }

  private mutating func number() -> Int? {
    let start = place
    while let scalar = next, "0"..."9" ~= scalar { place += 1 }
    return Int(text[start..<place])
  }

  /// The number before two colons; 1 if there is none.
  private mutating func weight() -> Double {
    let start = place
    while let scalar = next, "0"..."9" ~= scalar || scalar == "." { place += 1 }
    let number = text[start..<place]
    guard let weight = Double(number), weight.isFinite, skip("::") else {
      place = start
      return 1
    }
    return weight
  }
}
