/// Another layout of the same weights: what becomes of the names of one in the other.
///
/// A rule speaks of a whole name, or of all below it: `"attn.out_proj": "self_attn.out_proj"` takes
/// `attn.out_proj.weight` to `self_attn.out_proj.weight`, and leaves `attn.out_proj_bias` alone. No
/// rule may stand inside another, on either side, so there is no order between them, and a map
/// can be turned round (``inverse``). Maps of parts make the map of the whole:
///
/// ```swift
/// let layer: KeyMap = [
///   "ln_1": "layer_norm1",
///   "attn.in_proj_bias": .split(["attn.q.bias", "attn.k.bias", "attn.v.bias"]),
///   "attn.mask": .leftOut,
/// ]
/// let all = layer.placed("resblocks.0", "layers.0") + layer.placed("resblocks.1", "layers.1")
/// ```
package struct KeyMap: Sendable, Hashable {
  /// What becomes of the tensors of a name, or of all below it.
  package struct Rule: Sendable, Hashable {
    /// The names in one layout; several where their tensors are put together.
    package let sources: [String]
    /// The names in the other; several where a tensor is divided, none where it is left out.
    package let targets: [String]
    /// What is done to the numbers.
    package let step: TensorStep
    /// Whether some files have no such tensor.
    package let isOptional: Bool
  }

  /// The rules; their order says nothing.
  package let rules: [Rule]

  init(_ rules: [Rule]) {
    self.rules = rules
  }

  /// A map that keeps the tensors of these names, and all below them, as they are.
  package static func same(_ names: String...) -> KeyMap {
    KeyMap(names.map { Rule(sources: [$0], targets: [$0], step: .none, isOptional: false) })
  }

  /// A map that leaves out the tensors of these names, and all below them, where they are.
  package static func leavingOut(_ names: String...) -> KeyMap {
    KeyMap(names.map { Rule(sources: [$0], targets: [], step: .none, isOptional: true) })
  }

  /// The map of a part that stands below a name in each layout; an empty one is the root.
  package func placed(_ source: String, _ target: String) -> KeyMap {
    KeyMap(
      rules.map { rule in
        Rule(
          sources: rule.sources.map { Self.joined(source, $0) },
          targets: rule.targets.map { Self.joined(target, $0) }, step: rule.step,
          isOptional: rule.isOptional)
      })
  }

  /// The map without its demand that every rule finds something.
  package var optional: KeyMap {
    KeyMap(
      rules.map {
        Rule(sources: $0.sources, targets: $0.targets, step: $0.step, isOptional: true)
      })
  }

  /// The way back; what is left out on the way there does not come again.
  package var inverse: KeyMap {
    KeyMap(
      rules.filter { !$0.targets.isEmpty }.map {
        Rule(
          sources: $0.targets, targets: $0.sources, step: $0.step.inverse,
          isOptional: $0.isOptional)
      })
  }

  /// The name in this layout of the first tensor that one of the other is made of.
  package func origin(of name: String) -> String? {
    for rule in rules {
      for target in rule.targets {
        if target.isEmpty { return Self.joined(rule.sources[0], name) }
        if name == target { return rule.sources[0] }
        if name.hasPrefix(target + ".") {
          return Self.joined(rule.sources[0], String(name.dropFirst(target.count + 1)))
        }
      }
    }
    return nil
  }

  /// The rules of both.
  package static func + (first: KeyMap, second: KeyMap) -> KeyMap {
    KeyMap(first.rules + second.rules)
  }

  /// Two parts of a name, either of which may be empty.
  static func joined(_ first: String, _ rest: String) -> String {
    first.isEmpty || rest.isEmpty ? first + rest : "\(first).\(rest)"
  }
}

/// What is done to a tensor's numbers on the way to another layout.
package enum TensorStep: Sendable, Hashable {
  /// Nothing.
  case none
  /// Rows become columns.
  case transposed
  /// A convolution's kernel of one element, `[n, m, 1, 1]`, becomes the matrix `[n, m]` that it is.
  case squeezed
  /// The matrix `[n, m]` becomes the kernel `[n, m, 1, 1]`.
  case unsqueezed

  var inverse: TensorStep {
    switch self {
    case .none: .none
    case .transposed: .transposed
    case .squeezed: .unsqueezed
    case .unsqueezed: .squeezed
    }
  }

  /// The shape afterwards, or none where it cannot be done.
  func shape(of shape: [Int]) -> [Int]? {
    switch self {
    case .none: shape
    case .transposed: shape.count == 2 ? shape.reversed() : nil
    case .squeezed:
      shape.count >= 2 && shape[2...].allSatisfy { $0 == 1 } ? Array(shape[..<2]) : nil
    case .unsqueezed: shape.count == 2 ? shape + [1, 1] : nil
    }
  }

  /// What a tensor must be, in words.
  var expectation: String {
    switch self {
    case .none: "any shape"
    case .transposed, .unsqueezed: "a matrix"
    case .squeezed: "a kernel of one element, or a matrix"
    }
  }
}

extension KeyMap: ExpressibleByDictionaryLiteral {
  /// What a rule makes of its name.
  package indirect enum Outcome: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Another name.
    case renamed(String)
    /// Another name, rows for columns.
    case transposed(String)
    /// Another name, a kernel of one element as a matrix.
    case squeezed(String)
    /// As many tensors, each an equal part of the rows.
    case split([String])
    /// Nothing: the other layout does without it. Not every file has it.
    case leftOut
    /// The same, in files that have it.
    case optional(Outcome)

    package init(stringLiteral name: String) {
      self = .renamed(name)
    }
  }

  package init(dictionaryLiteral elements: (String, Outcome)...) {
    self.init(elements.map { Self.rule($0.0, $0.1) })
  }

  private static func rule(_ name: String, _ outcome: Outcome, isOptional: Bool = false) -> Rule {
    func rule(_ targets: [String], _ step: TensorStep = .none, isOptional: Bool) -> Rule {
      Rule(sources: [name], targets: targets, step: step, isOptional: isOptional)
    }
    switch outcome {
    case .renamed(let target): return rule([target], isOptional: isOptional)
    case .transposed(let target): return rule([target], .transposed, isOptional: isOptional)
    case .squeezed(let target): return rule([target], .squeezed, isOptional: isOptional)
    case .split(let targets): return rule(targets, isOptional: isOptional)
    case .leftOut: return rule([], isOptional: true)
    case .optional(let outcome): return Self.rule(name, outcome, isOptional: true)
    }
  }
}
