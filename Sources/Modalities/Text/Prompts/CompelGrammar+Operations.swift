extension CompelGrammar {
  /// Prompts in brackets, and what `.and(…)` or `.blend(…)` behind them says.
  private struct Operation {
    var prompts: [[CompelNode]]
    var weights: [Double]
    var isNormalized: Bool
    var end: Int
  }

  /// The parts of the whole prompt with their weights.
  mutating func prompt() throws(PromptError) -> [(CompelNode, Double)] {
    if let found = try operation([".and", ".add"], at: 0) {
      try expectEnd(found.end)
      return Array(zip(found.prompts.map(CompelNode.group), found.weights))
    }
    let before = adapters(at: 0)
    var nodes = [CompelNode.group(before.nodes)]
    var end = before.end
    if let blend = try operation([".blend"], at: end) {
      nodes.append(
        .blend(blend.prompts, weights: blend.weights, isNormalized: blend.isNormalized))
      end = blend.end
    } else {
      let found = try words(at: end)
      nodes.append(.group(found.nodes))
      end = found.end
    }
    let after = adapters(at: end)
    try expectEnd(after.end)
    return (nodes + [.group(after.nodes)]).map { ($0, 1) }
  }

  private func expectEnd(_ end: Int) throws(PromptError) {
    guard let next = reader.scalar(reader.skipped(end)) else { return }
    throw error(.unexpected(Character(next)), at: end)
  }

  private func adapters(at start: Int) -> Found {
    var found: Found = ([], start)
    while let adapter = reader.adapter(at: found.end) {
      found = (found.nodes + [.adapter(adapter.value)], adapter.end)
    }
    return found
  }

  private mutating func operation(
    _ names: [String], at start: Int
  ) throws(PromptError) -> Operation? {
    guard var place = reader.literal("(", at: start) else { return nil }
    var prompts: [[CompelNode]] = []
    while true {
      guard let found = try operand(at: place) else { return nil }
      prompts.append(found.nodes)
      guard let next = reader.literal(",", at: found.end) else {
        place = found.end
        break
      }
      place = next
    }
    guard let close = reader.literal(")", at: place),
      let name = names.first(where: { reader.literal($0, at: close) != nil }),
      let open = reader.literal(name, at: close).flatMap({ reader.literal("(", at: $0) })
    else { return nil }
    let options = reader.options(at: open)
    guard let end = reader.literal(")", at: options.end) else { return nil }
    return try weighed(prompts, name, options.values, at: close, end: end)
  }

  /// One of the prompts: quotes may hold anything.
  private mutating func operand(at place: Int) throws(PromptError) -> Found? {
    if let found = try target(at: place) { return found }
    return try quotes(
      at: place, holding: { grammar throws(PromptError) in try grammar.words(at: 0) })
  }

  /// The operation with its weights: 1 each if there are none.
  private func weighed(
    _ prompts: [[CompelNode]], _ name: String, _ options: [String], at place: Int, end: Int
  ) throws(PromptError) -> Operation {
    var options = options
    let isNormalized = name != ".blend" || options.last != "no_normalize"
    if !isNormalized { options.removeLast() }
    var weights: [Double] = []
    for option in options {
      guard let weight = Double(option) else { throw error(.weight(option), at: place) }
      weights.append(weight)
    }
    if weights.isEmpty { weights = Array(repeating: 1, count: prompts.count) }
    guard weights.count == prompts.count else {
      throw error(
        .weightCount(operator: name, expected: prompts.count, found: weights.count), at: place)
    }
    return Operation(prompts: prompts, weights: weights, isNormalized: isNormalized, end: end)
  }
}
