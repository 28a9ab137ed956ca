public import Torch

/// Normalization of features by the mean square of their lengths, as e3nn's `BatchNorm`.
///
/// Scalars lose their mean and get a bias; what turns with space is only scaled, so that it still
/// does. The squares of a copy's numbers are averaged, e3nn's normalization "component".
public struct EquivariantBatchNorm: Sendable {
  private let irreps: Irreps
  private let weight: Tensor
  private let bias: Tensor
  private let mean: Tensor?
  private let variance: Tensor?
  private let momentum: Double
  private let eps: Double
  /// The copy of each number, `[dimension]`.
  private let copies: Tensor
  /// The scalar of each number, one past the last for all that are none, `[dimension]`.
  private let scalars: Tensor
  /// From squares to means over copies, `[dimension, count]`.
  private let averaging: Tensor

  /// A normalization with the weights `weight` and `running_var`, `[irreps.count]`, and `bias` and
  /// `running_mean`, `[scalars]`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - irreps: The features' representations.
  ///   - isByInstance: Whether each instance is normalized by itself; there are no running values.
  ///   - momentum: How much a batch changes the running values in training.
  ///   - eps: What is added to mean squares.
  public init(
    _ scope: Scope, _ irreps: Irreps, isByInstance: Bool = false, momentum: Double = 0.1,
    eps: Double = 1e-5
  ) {
    self.irreps = irreps
    self.momentum = momentum
    self.eps = eps
    let members = irreps.terms.flatMap { Array(repeating: $0.irrep, count: $0.multiplicity) }
    let scalarCount = members.filter(\.isScalar).count
    weight = scope.parameter("weight", [members.count], .constant(1))
    bias = scope.parameter("bias", [scalarCount], .constant(0))
    // They follow from batches and have no gradient.
    mean =
      isByInstance ? nil : scope.parameter("running_mean", [scalarCount], .constant(0)).detached()
    variance =
      isByInstance ? nil : scope.parameter("running_var", [members.count], .constant(1)).detached()
    var (copies, scalars): ([Int], [Int]) = ([], [])
    var averaging = [Double](repeating: 0, count: irreps.dimension * members.count)
    var scalar = 0
    for (copy, irrep) in members.enumerated() {
      for _ in 0..<irrep.dimension {
        averaging[copies.count * members.count + copy] = 1 / Double(irrep.dimension)
        copies.append(copy)
        scalars.append(irrep.isScalar ? scalar : scalarCount)
      }
      if irrep.isScalar { scalar += 1 }
    }
    self.copies = Tensor(copies)
    self.scalars = Tensor(scalars)
    self.averaging = Tensor(averaging, shape: [irreps.dimension, members.count])
  }

  /// - Parameters:
  ///   - x: `[batch, …, irreps.dimension]`.
  ///   - isTraining: Whether to normalize by this batch, and to move the running values.
  /// - Returns: The same shape.
  public func callAsFunction(_ x: Tensor, isTraining: Bool = false) -> Tensor {
    let batch = x.shape.sizes.first ?? 1
    let samples = x.shape.sizes.dropFirst().dropLast().reduce(1, *)
    let rows = x.reshaped([batch, samples, irreps.dimension])
    let isByInstance = mean == nil
    let dims = isByInstance ? [1] : [0, 1]
    let measures = isTraining || isByInstance
    let mask = scalars.less(than: .integer(bias.count)).converted(to: x.dtype)
    let center =
      measures
      ? rows.mean(dims: dims, keepingDims: true) * mask : spread(mean ?? bias, dtype: x.dtype)
    let centered = rows - center
    let squares =
      measures
      ? (centered * centered).mean(dims: dims, keepingDims: true)
        .matmul(averaging.converted(to: x.dtype)) : (variance ?? weight)
    if isTraining, !isByInstance { follow(center, squares) }
    let scale = (squares + eps).reciprocalSquareRoot() * weight
    let scaled = centered * scale.indexSelected(dim: scale.rank - 1, copies)
    return (scaled + spread(bias, dtype: x.dtype)).reshaped(x.shape.sizes)
  }

  /// A number for each scalar, at the places of the scalars; zeros at the others.
  private func spread(_ values: Tensor, dtype: DType) -> Tensor {
    concatenate(values.converted(to: dtype), Tensor.zeros([1], dtype: dtype))
      .indexSelected(dim: 0, scalars)
  }

  private func follow(_ center: Tensor, _ squares: Tensor) {
    withoutGradients {
      let means = center.reshaped([irreps.dimension])
      let places = zip(irreps.terms, irreps.slices).flatMap { $0.irrep.isScalar ? Array($1) : [] }
      if !places.isEmpty {
        mean?.lerp(to: means.indexSelected(dim: 0, Tensor(places)), weight: .real(momentum))
      }
      variance?.lerp(to: squares.reshaped([irreps.count]), weight: .real(momentum))
    }
  }
}
