internal import Checkpoints
internal import Torch

/// A module's change, ready to be made: its numbers are read when its weight is asked for.
struct AdapterChange {
  let module: AdapterModule
  let file: WeightsFile
  /// What the product is multiplied by: α over the rank.
  let scale: Double
  /// How much of the change is made.
  let strength: Double

  /// Reads the numbers of the change of the module's weight.
  ///
  /// - Parameter dtype: The type of the weight that is changed, float32 or float64.
  /// - Returns: The change; none where only the bias is changed.
  /// - Throws: What reading the file throws.
  func read(as dtype: DType) throws -> AdapterDifference? {
    guard let product = module.product else { return nil }
    return AdapterDifference(
      factors: try product.mapped { factor in
        let tensor = try number(factor.name, as: dtype)
        return factor.isTransposed ? tensor.transposed(0, 1) : tensor
      },
      lengths: try module.magnitude.map {
        .init(numbers: try number($0.name, as: dtype), isOfOutputs: $0.isOfOutputs)
      },
      scale: scale, strength: strength)
  }

  /// What is to be added to a bias; none where only the weight is changed.
  func biasDifference(_ bias: Tensor) throws -> Tensor? {
    let scaled = try module.biases.scaled.map {
      try number($0, as: bias.dtype) * (scale * strength)
    }
    let plain = try module.biases.plain.map { try number($0, as: bias.dtype) * strength }
    guard let scaled else { return plain }
    return plain.map { scaled + $0 } ?? scaled
  }

  /// Whether a factor is all zeros and nothing else is changed, so that the weight stays as it is.
  func isZero() throws -> Bool {
    guard let product = module.product, module.magnitude == nil, module.biases.plain == nil,
      module.biases.scaled == nil
    else { return false }
    var hasZeros = false
    _ = try product.mapped { factor in
      hasZeros = try hasZeros || file.tensor(factor.name).notEqual(to: 0).any().item() == 0
    }
    return hasZeros
  }

  private func number(_ name: String, as dtype: DType) throws -> Tensor {
    try file.tensor(name).converted(to: dtype)
  }
}

extension LoRA {
  /// The changes of modules that fit, with the scale that each was trained with.
  ///
  /// - Parameters:
  ///   - fitted: The modules.
  ///   - network: The network that they are of.
  ///   - strength: How much of the changes is made.
  /// - Returns: The changes by the modules' names, and the scales that cannot be.
  /// - Throws: What reading the file throws.
  func changes(
    _ fitted: [FittedModule], in network: Network, strength: Double
  ) throws -> (changes: [String: AdapterChange], problems: [LoRAError.Problem]) {
    let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
    var (changes, problems): ([String: AdapterChange], [LoRAError.Problem]) = ([:], [])
    for found in fitted {
      let module = found.module
      let ranked = module.product?.ranked.map { shapes[$0.name, default: []] } ?? []
      var scale = 1.0
      if let alpha = module.alpha, let rank = ranked.first {
        guard shapes[alpha, default: []].reduce(1, *) == 1 else {
          problems.append(.scale(place: alpha, reason: "expected one number"))
          continue
        }
        scale = try checked { try file.tensor(alpha).converted(to: .float64).item() } / Double(rank)
      } else if let rank = ranked.first {
        scale = settings[network]?.scale(of: found.name, rank: rank) ?? 1
      }
      guard scale.isFinite, scale != 0 else {
        problems.append(
          .scale(
            place: module.alpha ?? module.spelled,
            reason: "expected a scale other than 0, found \(scale): it has no effect"))
        continue
      }
      changes[found.name] = AdapterChange(
        module: module, file: file, scale: scale, strength: strength)
    }
    return (changes, problems)
  }
}
