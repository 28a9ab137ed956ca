public import Layers
public import Torch

/// Adam with decoupled weight decay.
///
/// Loshchilov and Hutter 2019, algorithm 2, https://arxiv.org/abs/1711.05101, in LibTorch's fused
/// kernel: the same numbers as `torch.optim.AdamW(fused=True)`.
public final class AdamW {
  /// The optimizer's constants.
  public struct Options: Codable, Hashable, Sendable {
    /// The decay of the gradient's average, in [0, 1).
    public let beta1: Double
    /// The decay of the squared gradient's average, in [0, 1).
    public let beta2: Double
    /// Added to the root of the squared gradient's average.
    public let eps: Double
    /// The fraction of a weight, times the learning rate, that a step takes away.
    public let weightDecay: Double
    /// Whether only weights of two or more dimensions decay: no biases, no norms.
    public let decaysMatricesOnly: Bool

    /// PyTorch's constants, unless given.
    public init(
      beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8, weightDecay: Double = 0.01,
      decaysMatricesOnly: Bool = true
    ) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.eps = eps
      self.weightDecay = weightDecay
      self.decaysMatricesOnly = decaysMatricesOnly
    }

    func validate() throws(TrainingError) {
      try require(
        beta1 >= 0 && beta1 < 1, "optimizer.beta1", "a number from 0 to below 1", "\(beta1)")
      try require(
        beta2 >= 0 && beta2 < 1, "optimizer.beta2", "a number from 0 to below 1", "\(beta2)")
      try require(eps > 0 && eps.isFinite, "optimizer.eps", "a number above 0", "\(eps)")
      try require(
        weightDecay >= 0 && weightDecay.isFinite, "optimizer.weightDecay", "a number from 0",
        "\(weightDecay)")
    }
  }

  private let parameters: [ParameterStore.Parameter]
  private let options: Options
  private let averages: [Tensor]
  private let squares: [Tensor]
  /// The number of updates of each parameter, and a view of each number for the kernel.
  private let counts: Tensor
  private let countViews: [Tensor]

  /// An optimizer that has not seen a gradient.
  public init(_ parameters: [ParameterStore.Parameter], options: Options = Options()) {
    self.parameters = parameters
    self.options = options
    // Clones have the parameters' order in memory, which the kernel takes for granted.
    averages = withoutGradients { parameters.map { $0.tensor.cloned().zero() } }
    squares = withoutGradients { parameters.map { $0.tensor.cloned().zero() } }
    let counts = Tensor.zeros([parameters.count])
    self.counts = counts
    countViews = parameters.indices.map { counts.selected(dim: 0, index: $0) }
  }

  /// Updates the parameters.
  ///
  /// - Parameters:
  ///   - gradients: The gradient of each parameter, in order; one without is left as it is.
  ///   - learningRate: The size of the step.
  public func step(_ gradients: [Tensor?], learningRate: Double) {
    precondition(gradients.count == parameters.count, "as many gradients as parameters")
    let present = gradients.map { $0 == nil ? Float(0) : 1 }
    let indices = parameters.indices.filter { gradients[$0] != nil }
    let decaying = indices.filter { !options.decaysMatricesOnly || parameters[$0].tensor.rank > 1 }
    let others = indices.filter { options.decaysMatricesOnly && parameters[$0].tensor.rank < 2 }
    withoutGradients {
      counts.add(Tensor(present))
      update(decaying, gradients, learningRate, weightDecay: options.weightDecay)
      update(others, gradients, learningRate, weightDecay: 0)
    }
  }

  private func update(
    _ indices: [Int], _ gradients: [Tensor?], _ learningRate: Double, weightDecay: Double
  ) {
    guard !indices.isEmpty else { return }
    indices.map { parameters[$0].tensor }.fusedAdamW(
      gradients: indices.compactMap { gradients[$0] },
      averages: indices.map { averages[$0] }, squares: indices.map { squares[$0] }, maxima: [],
      steps: indices.map { countViews[$0] }, learningRate: learningRate, beta1: options.beta1,
      beta2: options.beta2, weightDecay: weightDecay, eps: options.eps, amsgrad: false,
      maximize: false)
  }

  /// All of the optimizer's state by name: what to save, and to copy saved state into.
  public var state: [String: Tensor] {
    var state = ["counts": counts]
    for (index, parameter) in parameters.enumerated() {
      state["average.\(parameter.name)"] = averages[index]
      state["square.\(parameter.name)"] = squares[index]
    }
    return state
  }
}
