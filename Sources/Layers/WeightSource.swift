public import Torch

/// Trained weights by name: a checkpoint, an average, or any other place that has them.
public struct WeightSource {
  /// The names of all weights.
  public let names: [String]

  /// Answers the weight of a name in ``names``.
  public let tensor: (String) throws -> Tensor

  /// Gives back the memory of a weight that was copied; it can be asked for again.
  public let release: (String) -> Void

  /// Answers a weight that is changed, as a LoRA does, with its change apart; none for others.
  package let changing: (String) throws -> ChangingWeight?

  private let set: Set<String>

  /// A source of the named weights.
  public init(
    names: [String], release: @escaping (String) -> Void = { _ in },
    tensor: @escaping (String) throws -> Tensor
  ) {
    self.init(names: names, release: release, changing: { _ in nil }, tensor: tensor)
  }

  /// A source of the named weights, some of which are changed.
  ///
  /// - Parameters:
  ///   - names: The names of all weights.
  ///   - release: Gives back the memory of a weight that was copied.
  ///   - changing: Answers a weight that is changed, with its change apart; none for others.
  ///   - tensor: Answers a weight as it is in the end.
  package init(
    names: [String], release: @escaping (String) -> Void,
    changing: @escaping (String) throws -> ChangingWeight?,
    tensor: @escaping (String) throws -> Tensor
  ) {
    self.names = names
    self.tensor = tensor
    self.release = release
    self.changing = changing
    set = Set(names)
  }

  /// A source of weights that are in memory.
  public init(_ tensors: [String: Tensor]) {
    self.init(names: tensors.keys.sorted()) { name in
      guard let tensor = tensors[name] else {
        throw LoadingError(problems: [.missing(name, [])])
      }
      return tensor
    }
  }

  /// The weights of several networks, behind the name of each and a dot.
  package init(networks: [String: WeightSource]) {
    /// The network that a weight is of, and the weight's name there.
    func part(_ name: String) throws -> (WeightSource, String) {
      let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
      guard parts.count == 2, let weights = networks[parts[0]] else {
        throw LoadingError(problems: [.missing(name, [])])
      }
      return (weights, parts[1])
    }
    self.init(
      names: networks.keys.sorted().flatMap { network in
        (networks[network]?.names ?? []).map { "\(network).\($0)" }
      },
      tensor: { name in
        let (weights, inner) = try part(name)
        return try weights.tensor(inner)
      })
  }

  /// Whether the source has a weight of that name.
  public func contains(_ name: String) -> Bool { set.contains(name) }

  /// The weights but for those of these names, which a network does without on purpose.
  ///
  /// A name that the source lacks is passed over: not every checkpoint has what some have.
  public func leavingOut(_ unused: [String]) -> WeightSource {
    WeightSource(
      names: names.filter { !unused.contains($0) }, release: release, changing: changing,
      tensor: tensor)
  }

  /// The weights with some under other names.
  ///
  /// - Parameter former: The names here by the names that the network asks for.
  /// - Returns: The same weights; one that is renamed has its former name no more.
  public func renamed(_ former: [String: String]) -> WeightSource {
    guard !former.isEmpty else { return self }
    let replaced = Set(former.values)
    let kept = names.filter { !replaced.contains($0) }
    let renamed = former.filter { contains($0.value) }.keys.sorted()
    return WeightSource(
      names: kept + renamed, release: { [release] in release(former[$0] ?? $0) },
      changing: { [changing] in try changing(former[$0] ?? $0) },
      tensor: { [tensor] in try tensor(former[$0] ?? $0) })
  }

  /// The weights, some of them with zeros behind their numbers up to a shape, as a layer begins
  /// with that has got more inputs.
  ///
  /// - Parameters:
  ///   - shapes: The shapes of those, none smaller than it was.
  ///   - former: The shapes that they have here; another one is left as it is, for what reads it to
  ///     refuse.
  /// - Returns: The same weights under the same names.
  package func padded(
    to shapes: [String: [Int]], from former: [String: [Int]]
  ) -> WeightSource {
    WeightSource(names: names, release: release) { [tensor] name in
      var x = try tensor(name)
      guard let shape = shapes[name], x.shape.sizes == former[name] else { return x }
      for (dim, size) in shape.enumerated() where size > x.shape[dim] {
        var missing = x.shape.sizes
        missing[dim] = size - missing[dim]
        x = [x, Tensor.zeros(missing, dtype: x.dtype)].concatenated(dim: dim)
      }
      return x
    }
  }

  /// The weights whose names begin with `prefix` and a dot, under the rest of their names.
  public func within(_ prefix: String) -> WeightSource {
    let start = prefix + "."
    let inner = names.filter { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    return WeightSource(
      names: inner, release: { [release] in release(start + $0) },
      changing: { [changing] in try changing(start + $0) },
      tensor: { [tensor] in try tensor(start + $0) })
  }
}
