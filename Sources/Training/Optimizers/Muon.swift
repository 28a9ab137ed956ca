internal import Foundation
public import Layers
public import Torch

/// Momentum whose direction is made orthogonal, for the matrices and convolutions inside a network.
///
/// A convolution's weights are a matrix of as many rows as it has outputs.
///
/// Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/, with the step's size matched to
/// AdamW's (Liu et al. 2025, equation 4, https://arxiv.org/abs/2502.16982), so that both can share
/// a learning rate: the numbers of `torch.optim.Muon(adjust_lr_fn="match_rms_adamw")`.
public final class Muon {
  /// The optimizer's constants.
  public struct Options: Codable, Hashable, Sendable {
    /// The scopes below which it updates the matrices and convolutions named `weight`, such as a
    /// network's blocks, and those named `weight_v`, the directions of normed weights.
    public let scopes: [String]
    /// The decay of the gradient's average, in [0, 1).
    public let momentum: Double
    /// The fraction of a weight, times the learning rate, that a step takes away.
    public let weightDecay: Double

    /// Constants for the matrices and convolutions below some scopes.
    public init(scopes: [String], momentum: Double = 0.95, weightDecay: Double = 0.01) {
      self.scopes = scopes
      self.momentum = momentum
      self.weightDecay = weightDecay
    }

    func validate() throws(TrainingError) {
      try require(!scopes.isEmpty, "muon.scopes", "at least one scope", "none")
      try require(
        momentum >= 0 && momentum < 1, "muon.momentum", "a number from 0 to below 1",
        "\(momentum)")
      try require(
        weightDecay >= 0 && weightDecay.isFinite, "muon.weightDecay", "a number from 0",
        "\(weightDecay)")
    }

    /// Whether it updates a weight.
    func includes(_ parameter: ParameterStore.Parameter) -> Bool {
      parameter.tensor.rank >= 2
        && [".weight", ".weight_v"].contains { parameter.name.hasSuffix($0) }
        && scopes.contains { parameter.name.hasPrefix("\($0).") }
    }
  }

  private let parameters: [ParameterStore.Parameter]
  private let options: Options
  private let averages: [Tensor]
  /// What directions are computed in.
  private let dtype: DType
  /// The numbers of the parameters of each shape.
  private let groups: [[Int]]

  /// An optimizer of matrices and convolutions that has not seen a gradient.
  ///
  /// Directions are computed in bfloat16 where the processor has it, else in float32.
  public convenience init(_ parameters: [ParameterStore.Parameter], options: Options) {
    self.init(
      parameters, options: options, dtype: Machine.hasFastBFloat16 ? .bfloat16 : .float32)
  }

  init(_ parameters: [ParameterStore.Parameter], options: Options, dtype: DType) {
    precondition(
      parameters.allSatisfy { $0.tensor.rank >= 2 }, "Muon updates matrices and convolutions alone")
    self.parameters = parameters
    self.options = options
    self.dtype = dtype
    averages = withoutGradients { parameters.map { $0.tensor.cloned().zero() } }
    let byShape = Dictionary(grouping: parameters.indices) { parameters[$0].tensor.shape.sizes }
    groups = byShape.values.sorted { $0[0] < $1[0] }
  }

  /// Updates the parameters.
  ///
  /// - Parameters:
  ///   - gradients: The gradient of each parameter, in order; one without is left as it is.
  ///   - learningRate: The size of the step, as AdamW has it.
  public func step(_ gradients: [Tensor?], learningRate: Double) {
    precondition(gradients.count == parameters.count, "as many gradients as parameters")
    withoutGradients {
      for group in groups {
        let present = group.filter { gradients[$0] != nil }
        guard !present.isEmpty else { continue }
        update(present, present.compactMap { gradients[$0] }, learningRate)
      }
    }
  }

  /// Updates matrices, or convolutions, of one shape, all at once.
  private func update(_ indices: [Int], _ gradients: [Tensor], _ learningRate: Double) {
    let own = indices.map { averages[$0] }
    own.lerpEach(to: gradients, weight: .real(1 - options.momentum))
    // Nesterov's: the average as it would be after this gradient once more.
    let ahead = gradients.stacked()
    [ahead].lerpEach(to: [own.stacked()], weight: .real(options.momentum))
    let matrices = ahead.flattened(from: 2)
    let longest = Double(max(matrices.shape[1], matrices.shape[2]))
    let move =
      orthogonalized(matrices, dtype: dtype).converted(to: .float32).reshaped(ahead.shape.sizes)
      * (-learningRate * 0.2 * longest.squareRoot())

    let weights = indices.map { parameters[$0].tensor }
    weights.multiplyEach(by: .real(1 - learningRate * options.weightDecay))
    for (place, weight) in weights.enumerated() {
      weight.add(move.selected(dim: 0, index: place))
    }
  }

  /// All of the optimizer's state by name: what to save, and to copy saved state into.
  public var state: [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: zip(parameters, averages).map { ("momentum.\($0.name)", $1) })
  }
}

/// Matrices with about the same singular vectors whose singular values are near 1.
///
/// Five steps of the Newton–Schulz iteration `X ← aX + (bA + cA²)X` with `A = XXᵀ`, from a matrix
/// of Frobenius norm 1. Its coefficients rise fastest from 0; they end between 0.7 and 1.2.
///
/// - Parameters:
///   - matrices: `[count, rows, columns]`.
///   - dtype: What it is computed in.
/// - Returns: The same shape, of that dtype.
func orthogonalized(_ matrices: Tensor, dtype: DType) -> Tensor {
  let isTall = matrices.shape[1] > matrices.shape[2]
  var x = matrices.converted(to: dtype)
  if isTall { x = x.transposed(1, 2) }
  let norm = (x * x).sum(dims: [1, 2], keepingDims: true, dtype: .float32).squareRoot()
  x = x / norm.clamped(min: 1e-7).converted(to: dtype)
  for _ in 0..<5 {
    let a = x.matmul(x.transposed(1, 2))
    x = x * 3.4445 + (a * -4.7750 + a.matmul(a) * 2.0315).matmul(x)
  }
  return isTall ? x.transposed(1, 2) : x
}
