public import Layers
internal import Torch

extension WeightSource {
  /// A network's weights with LoRAs merged into them.
  ///
  /// `W + Σ sᵢ · (Wᵢ' − W)`: every change is taken from the network's own weight, so the order says
  /// nothing. A changed weight is computed when it is asked for, and is in float32 whatever the
  /// network's own is in, so a store over this source is to be given a dtype.
  ///
  /// - Parameters:
  ///   - loras: The files, each with its weight. What they change in other networks is passed over:
  ///     `adapted(_:by:)` looks at all.
  ///   - network: The network that the weights are of, by diffusers' names.
  /// - Returns: The same names; those that are changed have other values.
  /// - Throws: ``LoRAError``, all misfits of a file at once, or what reading a weight throws.
  public func adapted(
    by loras: [WeightedLoRA], as network: LoRA.Network
  ) throws -> WeightSource {
    let networks = [network: self]
    return try Self.adapted(networks, by: loras, requiringAll: false)[network] ?? self
  }

  /// The weights of a model's networks with LoRAs merged into them, as `adapted(by:as:)` says.
  ///
  /// - Parameters:
  ///   - networks: The weights of all networks of a model, by diffusers' names.
  ///   - loras: The files, each with its weight; every tensor of theirs must change a network.
  /// - Returns: The weights of the same networks.
  /// - Throws: ``LoRAError``, all misfits of a file at once, or what reading a weight throws.
  public static func adapted(
    _ networks: [LoRA.Network: WeightSource], by loras: [WeightedLoRA]
  ) throws -> [LoRA.Network: WeightSource] {
    try adapted(networks, by: loras, requiringAll: true)
  }

  private static func adapted(
    _ networks: [LoRA.Network: WeightSource], by loras: [WeightedLoRA], requiringAll: Bool
  ) throws -> [LoRA.Network: WeightSource] {
    let targets = networks.map { AdapterTargets($0.key, names: $0.value.names) }
      .sorted { $0.network.rawValue < $1.network.rawValue }
    var changes: [LoRA.Network: [String: [AdapterChange]]] = [:]
    for weighted in loras {
      let lora = weighted.lora
      var (problems, isZero): ([LoRAError.Problem], Bool) = ([], true)
      for targets in targets {
        guard let source = networks[targets.network] else { continue }
        let (network, strength) = (targets.network, weighted.weight(in: targets.network))
        let (fitted, misfits) = try lora.fit(targets) { name in
          source.contains(name) ? try source.tensor(name).shape.sizes : nil
        }
        let (found, scales) = try lora.changes(fitted, in: network, strength: strength)
        problems += LoRA.explained(misfits, spellings: targets.spellings) + scales
        isZero = try isZero && checked { try found.values.allSatisfy { try $0.isZero() } }
        for (module, change) in found where strength != 0 {
          changes[network, default: [:]][module, default: []].append(change)
        }
      }
      if requiringAll {
        for network in lora.networks where networks[network] == nil {
          let count = lora.modules.filter { $0.place.network == network }.count
          problems.append(.noNetwork(network, modules: count))
        }
        if problems.isEmpty && isZero { problems.append(.noEffect) }
      }
      guard problems.isEmpty else {
        throw LoRAError(file: lora.path, problems: problems, fits: lora.families.map(\.title))
      }
    }
    return networks.reduce(into: [:]) { result, entry in
      result[entry.key] = entry.value.changed(changes[entry.key] ?? [:])
    }
  }

  /// The weights with changes of some modules.
  private func changed(_ changes: [String: [AdapterChange]]) -> WeightSource {
    guard !changes.isEmpty else { return self }
    return WeightSource(names: names) { [tensor] name in
      let own = try tensor(name)
      let isBias = name.hasSuffix(".bias")
      let module = name.hasSuffix(".weight") ? name.dropLast(7) : isBias ? name.dropLast(5) : ""
      guard let changes = changes[String(module)] else { return own }
      return try checked {
        try withoutGradients {
          let weight = own.converted(to: own.dtype == .float64 ? .float64 : .float32)
          let differences = try changes.compactMap {
            isBias ? try $0.biasDifference(weight) : try $0.difference(weight)
          }
          guard !differences.isEmpty else { return own }
          return differences.reduce(weight) { $0 + $1 }
        }
      }
    }
  }
}
