/// compel's grammar, rule by rule, each taking the first of its choices that fits.
struct CompelGrammar {
  typealias Found = (nodes: [CompelNode], end: Int)

  private static let deepest = 100

  let reader: CompelReader
  /// The prompt as it was given, and the place in it of each character that is read.
  private let original: PromptText
  private let places: [Int]
  private var depth: Int
  /// What was found at brackets and quotes before, so that none is read twice.
  private var knownBrackets: [Int: Found?] = [:]
  private var knownQuotes: [Int: Found?] = [:]

  /// A prompt, in which a comma gets a space behind it.
  init(_ text: String) {
    original = PromptText(text)
    var scalars: [Unicode.Scalar] = []
    var places: [Int] = []
    var isBehindComma = false
    for (place, scalar) in original.scalars.enumerated() {
      if isBehindComma && !scalar.isPythonSpace {
        scalars.append(" ")
        places.append(place)
        isBehindComma = false
      } else {
        isBehindComma = scalar == ","
      }
      scalars.append(scalar)
      places.append(place)
    }
    reader = CompelReader(text: PromptText(scalars))
    self.places = places
    depth = 0
  }

  /// What is between quotes, all of it at the place of the first.
  private init(within outer: CompelGrammar, _ text: String, at place: Int) {
    reader = CompelReader(text: PromptText(text))
    original = outer.original
    places = Array(repeating: outer.originalPlace(place), count: reader.text.scalars.count)
    depth = outer.depth + 1
  }

  private func originalPlace(_ place: Int) -> Int {
    place < places.count ? places[place] : original.scalars.count
  }

  func error(_ fault: PromptError.Fault, at place: Int) -> PromptError {
    original.error(fault, at: originalPlace(reader.skipped(place)))
  }
}

extension CompelGrammar {
  /// Anything but an operation on several prompts.
  mutating func words(at start: Int) throws(PromptError) -> Found {
    try run(from: start) { $0.freeWord(at: $1) }
  }

  /// What brackets or quotes may hold: commas and points are words of their own.
  private mutating func fragments(at start: Int) throws(PromptError) -> Found {
    try run(from: start) { $0.word(at: $1) ?? $0.mark(at: $1) }
  }

  /// What has a syntax, and words as a rule has them, as far as they go.
  private mutating func run(
    from start: Int, word rule: (CompelReader, Int) -> (text: String, end: Int)?
  ) throws(PromptError) -> Found {
    var nodes: [CompelNode] = []
    var place = start
    while true {
      try refuseSwap(at: place)
      if let found = try syntax(at: place) {
        nodes += found.nodes
        place = found.end
      } else if let word = rule(reader, place) {
        nodes.append(.text(CompelReader.unescaped(word.text)))
        place = word.end
      } else {
        return (nodes, place)
      }
    }
  }

  private mutating func syntax(at place: Int) throws(PromptError) -> Found? {
    if let adapter = reader.adapter(at: place) { return ([.adapter(adapter.value)], adapter.end) }
    if let found = try attention(at: place) { return found }
    return try group(at: place)
  }

  /// `(a b)1.3`, `"a b"++`, `a--` and `(a).attend(1.3)`.
  private mutating func attention(at place: Int) throws(PromptError) -> Found? {
    guard let target = try target(at: place) else { return nil }
    if let name = reader.literal(".attend", at: target.end),
      let open = reader.literal("(", at: name), let weight = reader.weight(at: open),
      let close = reader.literal(")", at: weight.end)
    {
      return ([.weighted(target.nodes, weight.value)], close)
    }
    guard !reader.isSpace(target.end) else { return nil }
    let isGroup = try group(at: place) != nil
    let found = isGroup ? reader.weight(at: target.end) : reader.signs(at: target.end)
    return found.map { ([.weighted(target.nodes, $0.value)], $0.end) }
  }

  /// What an operator may stand behind.
  mutating func target(at place: Int) throws(PromptError) -> Found? {
    if let found = try group(at: place) { return found }
    return reader.word(at: place).map { ([.text(CompelReader.unescaped($0.text))], $0.end) }
  }

  private mutating func refuseSwap(at place: Int) throws(PromptError) {
    guard let target = try target(at: place), let name = reader.literal(".swap", at: target.end),
      reader.literal("(", at: name) != nil
    else { return }
    throw error(.unsupported(operator: ".swap"), at: target.end)
  }

  /// Quotes or brackets.
  private mutating func group(at place: Int) throws(PromptError) -> Found? {
    let start = reader.skipped(place)
    if reader.scalar(start) == "\"" {
      if let found = knownQuotes[start] { return found }
      let found = try quotes(
        at: start, holding: { grammar throws(PromptError) in try grammar.fragments(at: 0) })
      knownQuotes[start] = .some(found)
      return found
    }
    guard reader.scalar(start) == "(" else { return nil }
    if let found = knownBrackets[start] { return found }
    try checkDepth(at: start)
    depth += 1
    defer { depth -= 1 }
    let inner = try fragments(at: start + 1)
    let found = reader.literal(")", at: inner.end).map { Found(inner.nodes, $0) }
    knownBrackets[start] = .some(found)
    return found
  }

  /// Quotes whose content is whole by a rule.
  mutating func quotes(
    at start: Int, holding rule: (inout CompelGrammar) throws(PromptError) -> Found
  ) throws(PromptError) -> Found? {
    guard let quoted = reader.quoted(at: start) else { return nil }
    let content = CompelReader.unquoted(quoted.text)
    guard content.unicodeScalars.contains(where: { !$0.isPythonSpace }) else {
      return ([.text("")], quoted.end)
    }
    try checkDepth(at: start)
    var inner = CompelGrammar(
      within: self, content.replacing("\"", with: "\\\""), at: reader.skipped(start))
    let found = try rule(&inner)
    let isWhole = inner.reader.scalar(inner.reader.skipped(found.end)) == nil
    return isWhole ? (found.nodes, quoted.end) : nil
  }

  private func checkDepth(at place: Int) throws(PromptError) {
    guard depth < Self.deepest else { throw error(.tooDeep(limit: Self.deepest), at: place) }
  }
}
