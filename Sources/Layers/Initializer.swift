internal import Torch

/// How a weight is drawn before training.
public enum Initializer: Sendable {
  /// One value everywhere.
  case constant(Double)
  /// The normal distribution of mean 0 and this standard deviation.
  case normal(Double)
  /// The uniform distribution on [-bound, bound].
  case uniform(Double)
  /// Glorot and Bengio 2010, equation 16: bound √(6 / (inputs + outputs)) of a matrix.
  case xavierUniform
  /// Numbers at equal distances, both ends included; nothing is drawn.
  case evenlySpaced(from: Double, to: Double)

  /// PyTorch's default for linear layers and convolutions: bound 1 / √(inputs of one output).
  public static func standard(inputs: Int) -> Initializer {
    .uniform(1 / Double(inputs).squareRoot())
  }

  func draw(_ shape: [Int], _ generator: Generator) -> Tensor {
    switch self {
    case .constant(let value): .full(shape, .real(value))
    case .normal(let deviation): generator.normal(shape) * deviation
    case .uniform(let bound): generator.uniform(shape) * (2 * bound) - bound
    case .xavierUniform: Initializer.uniform(xavierBound(shape)).draw(shape, generator)
    case .evenlySpaced(let start, let end):
      Tensor.linspace(from: start, to: end, count: shape.reduce(1, *)).reshaped(shape)
    }
  }

  private func xavierBound(_ shape: [Int]) -> Double {
    let field = shape.dropFirst(2).reduce(1, *)
    let fans = shape.prefix(2).reduce(0, +) * field
    return (6 / Double(max(fans, 1))).squareRoot()
  }
}
