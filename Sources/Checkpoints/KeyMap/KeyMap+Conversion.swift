extension KeyMap {
  /// Says what each tensor of the other layout is made of.
  ///
  /// - Parameter shapes: The shapes of a file's tensors by name.
  /// - Returns: The tensors of the other layout, sorted by name.
  /// - Throws: ``KeyMapError`` with everything at once: tensors that no rule speaks of, rules that
  ///   find nothing, tensors whose shape a rule cannot take, two that would have one name.
  package func convert(_ shapes: [String: [Int]]) throws(KeyMapError) -> [ConvertedTensor] {
    let (tensors, problems) = converted(shapes)
    guard problems.isEmpty else { throw KeyMapError(problems: problems) }
    return tensors
  }

  /// What can be converted, and what is in the way of the rest.
  package func converted(
    _ shapes: [String: [Int]]
  ) -> (tensors: [ConvertedTensor], problems: [KeyMapError.Problem]) {
    var problems = overlaps()
    guard problems.isEmpty else { return ([], problems) }
    let places = Dictionary(
      uniqueKeysWithValues: rules.enumerated().flatMap { number, rule in
        rule.sources.map { ($0, number) }
      })
    /// The rests of the names that a rule speaks of, and which of its sources have them.
    var found: [[String: Set<String>]] = Array(repeating: [:], count: rules.count)
    for name in shapes.keys.sorted() {
      guard let (source, rest) = Self.split(name, by: places), let number = places[source] else {
        problems.append(.unknown(name))
        continue
      }
      found[number][rest, default: []].insert(source)
    }
    var tensors: [ConvertedTensor] = []
    for (rule, rests) in zip(rules, found) {
      if rests.isEmpty && !rule.isOptional { problems.append(.unmatched(rule.sources)) }
      for (rest, present) in rests.sorted(by: { $0.key < $1.key }) {
        let missing = rule.sources.filter { !present.contains($0) }
        guard missing.isEmpty else {
          problems.append(.incomplete(missing.map { Self.joined($0, rest) }))
          continue
        }
        let sources = rule.sources.map { Self.joined($0, rest) }
        do throws(KeyMapError) {
          tensors += try Self.convert(sources, rule, rest: rest, shapes: shapes)
        } catch {
          problems += error.problems
        }
      }
    }
    return (tensors.sorted { $0.name < $1.name }, problems)
  }

  /// The rule's name that begins a tensor's, and the rest of it.
  private static func split(
    _ name: String, by places: [String: Int]
  ) -> (source: String, rest: String)? {
    if places[""] != nil { return ("", name) }
    if places[name] != nil { return (name, "") }
    var end = name.startIndex
    while let dot = name[end...].firstIndex(of: ".") {
      let start = String(name[..<dot])
      if places[start] != nil { return (start, String(name[name.index(after: dot)...])) }
      end = name.index(after: dot)
    }
    return nil
  }

  /// The tensors that a rule makes of its sources.
  private static func convert(
    _ sources: [String], _ rule: Rule, rest: String, shapes: [String: [Int]]
  ) throws(KeyMapError) -> [ConvertedTensor] {
    let given = sources.map { shapes[$0, default: []] }
    func misshapen(_ index: Int, _ expected: String) -> KeyMapError {
      KeyMapError(problems: [.misshapen(sources[index], expected: expected, found: given[index])])
    }
    guard rule.targets.count > 0 else { return [] }
    for index in given.indices where given[index] != given[0] {
      throw misshapen(index, "\(given[0])")
    }
    guard var shape = rule.step.shape(of: given[0]) else {
      throw misshapen(0, rule.step.expectation)
    }
    let (many, parts) = (sources.count, rule.targets.count)
    if many > 1 || parts > 1 {
      guard let rows = shape.first, (rows * many).isMultiple(of: parts) else {
        throw misshapen(0, parts > 1 ? "rows to divide by \(parts)" : "rows to put together")
      }
      shape[0] = rows * many / parts
    }
    return rule.targets.enumerated().map { index, target in
      ConvertedTensor(
        name: joined(target, rest), shape: shape, sources: sources, step: rule.step,
        part: parts > 1 ? index : nil)
    }
  }

  /// Rules that stand inside one another, on either side, and names that stand twice.
  private func overlaps() -> [KeyMapError.Problem] {
    [rules.flatMap(\.sources), rules.flatMap(\.targets)].flatMap { names in
      var problems: [KeyMapError.Problem] = []
      var known: Set<String> = []
      for name in names where !known.insert(name).inserted {
        problems.append(.overlapping(name, name))
      }
      for name in known.sorted() {
        if !name.isEmpty && known.contains("") { problems.append(.overlapping("", name)) }
        for (place, character) in zip(name.indices, name) where character == "." {
          let start = String(name[..<place])
          if known.contains(start) { problems.append(.overlapping(start, name)) }
        }
      }
      return problems
    }
  }
}
