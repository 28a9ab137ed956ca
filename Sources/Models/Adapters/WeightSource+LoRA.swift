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
    let changes = try loras.map { weighted in
      let fitted = try weighted.fitted(to: [network: self])
      try weighted.lora.refuse(fitted.problems)
      return fitted.changes[network, default: [:]]
    }
    return changed(changes)
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
    let changes = try loras.map { weighted in
      let fitted = try weighted.fitted(to: networks)
      var problems = fitted.problems + weighted.lora.absences(from: networks)
      if problems.isEmpty, try fitted.isZero() { problems.append(.noEffect) }
      try weighted.lora.refuse(problems)
      return fitted.changes
    }
    return networks.reduce(into: [:]) { result, entry in
      result[entry.key] = entry.value.changed(changes.map { $0[entry.key, default: [:]] })
    }
  }

  /// The weights with the changes of some modules that each LoRA makes, by the modules' names.
  private func changed(_ loras: [[String: AdapterChange]]) -> WeightSource {
    let changes = loras.reduce(into: [String: [AdapterChange]]()) { all, lora in
      for (module, change) in lora where change.strength != 0 {
        all[module, default: []].append(change)
      }
    }
    guard !changes.isEmpty else { return self }
    let own = self
    return WeightSource(
      names: names, release: release,
      changing: { name in
        guard name.hasSuffix(".weight"), let changes = changes[String(name.dropLast(7))] else {
          return nil
        }
        let tensor = try own.tensor(name)
        let type: DType = tensor.dtype == .float64 ? .float64 : .float32
        let differences = try checked { try changes.compactMap { try $0.read(as: type) } }
        return differences.isEmpty
          ? nil
          : ChangingWeight(tensor: tensor) { weight in
            let wide = weight.converted(to: type)
            return differences.reduce(wide) { $0 + $1(wide) }.converted(to: weight.dtype)
          }
      },
      tensor: { try own.merged($0, with: changes) })
  }

  /// A weight or a bias with its changes.
  private func merged(_ name: String, with changes: [String: [AdapterChange]]) throws -> Tensor {
    let own = try tensor(name)
    let isBias = name.hasSuffix(".bias")
    let module = name.hasSuffix(".weight") ? name.dropLast(7) : isBias ? name.dropLast(5) : ""
    guard let changes = changes[String(module)] else { return own }
    return try checked {
      try withoutGradients {
        let weight = own.converted(to: own.dtype == .float64 ? .float64 : .float32)
        let differences = try changes.compactMap {
          isBias ? try $0.biasDifference(weight) : try $0.read(as: weight.dtype)?(weight)
        }
        guard !differences.isEmpty else { return own }
        defer { release(name) }
        return differences.reduce(weight) { $0 + $1 }
      }
    }
  }
}
