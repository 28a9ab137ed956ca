public import Torch

/// How a set of generated clouds of points compares with a reference set, by the Chamfer distance.
public struct ShapeComparison {
  /// The distances of the generated clouds to the references, `[generated, references]`.
  private let across: Tensor
  /// The distances of the generated clouds to each other.
  private let amongGenerated: Tensor
  /// The distances of the references to each other.
  private let amongReferences: Tensor

  /// Compares all with all.
  ///
  /// - Parameters:
  ///   - generated: At least one, `[clouds, points, 3]`.
  ///   - references: At least one, `[clouds, points, 3]`.
  /// - Throws: A `TorchError` if the shapes do not fit together.
  public init(generated: Tensor, references: Tensor) throws {
    precondition(generated.shape[0] > 0 && references.shape[0] > 0, "at least one cloud each")
    across = try chamferDistances(generated, references)
    amongGenerated = try chamferDistances(generated, generated)
    amongReferences = try chamferDistances(references, references)
  }

  /// The share of references that are the nearest one of a generated cloud, in [0, 1].
  ///
  /// Achlioptas et al. 2018, https://arxiv.org/abs/1707.02392. More is better.
  /// - Returns: The share.
  /// - Throws: A `TorchError`.
  public func coverage() throws -> Double { try mean(areCovered().map { $0 ? 1 : 0 }) }

  /// Whether each reference is the nearest one of a generated cloud.
  /// - Returns: An answer for each reference, in order.
  /// - Throws: A `TorchError`.
  public func areCovered() throws -> [Bool] {
    let nearest = Set(
      try checked {
        across.topK(1, dim: 1, largest: false, sorted: true).1.values(as: Int.self)
      })
    return (0..<across.shape[1]).map(nearest.contains)
  }

  /// The mean distance of a reference to the nearest generated cloud.
  ///
  /// Achlioptas et al. 2018. Less is better.
  /// - Returns: The distance.
  /// - Throws: A `TorchError`.
  public func minimumMatchingDistance() throws -> Double { try mean(matchingDistances()) }

  /// The distance of each reference to the nearest generated cloud.
  /// - Returns: A distance for each reference, in order.
  /// - Throws: A `TorchError`.
  public func matchingDistances() throws -> [Double] {
    try checked { across.minimum(dims: [0]).values(as: Double.self) }
  }

  /// How often the nearest other cloud tells whether a cloud is generated, in [0, 1].
  ///
  /// 0.5 is best, where the sets cannot be told apart, and 1 where they lie apart; less says that
  /// clouds were copied. Yang et al. 2019, https://arxiv.org/abs/1906.12320, after
  /// Lopez-Paz & Oquab 2017, https://arxiv.org/abs/1610.06545.
  /// - Returns: The share of all clouds whose nearest other one is of their own set.
  /// - Throws: A `TorchError`.
  public func nearestNeighbourAccuracy() throws -> Double {
    try mean(areToldApart().map { $0 ? 1 : 0 })
  }

  /// Whether the nearest other cloud of each is of its own set.
  /// - Returns: An answer for each generated cloud, then for each reference.
  /// - Throws: A `TorchError`.
  public func areToldApart() throws -> [Bool] {
    let own = try nearestOther(amongGenerated) + nearestOther(amongReferences)
    let other = try checked {
      across.minimum(dims: [1]).values(as: Double.self)
        + across.minimum(dims: [0]).values(as: Double.self)
    }
    return zip(own, other).map { $0 < $1 }
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// The distance of each to the nearest of the others; infinite if there are none.
  private func nearestOther(_ distances: Tensor) throws -> [Double] {
    let count = distances.shape[0]
    let rows = try checked { distances.values(as: Double.self) }
    return (0..<count).map { row in
      (0..<count).filter { $0 != row }.map { rows[row * count + $0] }.min() ?? .infinity
    }
  }
}
