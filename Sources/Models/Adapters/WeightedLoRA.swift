internal import Layers
internal import Torch

/// A LoRA and how strongly it acts.
public struct WeightedLoRA: Sendable {
  /// The file.
  public let lora: LoRA
  /// How much of the change to the denoiser is made: 0 is none, 1 is as it was trained; others
  /// exaggerate it or turn it round.
  public let weight: Double
  /// The same for the text encoders.
  public let textEncoderWeight: Double

  /// A LoRA with a weight.
  ///
  /// - Parameters:
  ///   - lora: The file.
  ///   - weight: How much of the change is made; finite.
  ///   - textEncoderWeight: How much of it in the text encoders, if not as much.
  public init(_ lora: LoRA, weight: Double = 1, textEncoderWeight: Double? = nil) {
    precondition(weight.isFinite && (textEncoderWeight ?? 0).isFinite, "a weight is a number")
    self.lora = lora
    self.weight = weight
    self.textEncoderWeight = textEncoderWeight ?? weight
  }

  /// What a LoRA changes in some networks, and what does not fit them.
  struct Fitted {
    /// The changes by network and by the module's name there.
    var changes: [LoRA.Network: [String: AdapterChange]] = [:]
    var problems: [LoRAError.Problem] = []

    /// Whether no change changes anything.
    func isZero() throws -> Bool {
      try checked {
        try changes.values.allSatisfy { try $0.values.allSatisfy { try $0.isZero() } }
      }
    }
  }

  /// Holds the file against the weights of networks.
  func fitted(to networks: [LoRA.Network: WeightSource]) throws -> Fitted {
    var fitted = Fitted()
    for (network, source) in networks.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let targets = AdapterTargets(network, names: source.names)
      let (modules, misfits) = try lora.fit(targets) { name in
        source.contains(name) ? try source.tensor(name).shape.sizes : nil
      }
      let (changes, scales) = try lora.changes(
        modules, in: network, strength: network == .unet ? weight : textEncoderWeight)
      fitted.changes[network] = changes
      fitted.problems += LoRA.explained(misfits, spellings: targets.spellings) + scales
    }
    return fitted
  }
}

extension LoRA {
  /// The networks that the file changes and a model lacks.
  func absences(from networks: [Network: WeightSource]) -> [LoRAError.Problem] {
    self.networks.filter { networks[$0] == nil }.map {
      .noNetwork($0, modules: layers[$0, default: 0])
    }
  }

  /// Throws the misfits, if there are any, with the models that the file fits.
  func refuse(_ problems: [LoRAError.Problem]) throws(LoRAError) {
    guard problems.isEmpty else {
      throw LoRAError(file: path, problems: problems, fits: families.map(\.title))
    }
  }
}
