public import Torch

/// Which of some kinds a sample is of, by a linear map of its features: an independent judge of
/// what a model was asked for.
///
/// Least squares onto one column for each kind, with a penalty on the weights (Hoerl and Kennard
/// 1970, equation 2.1, https://doi.org/10.1080/00401706.1970.10488634): it has one solution, which
/// takes no steps and no seed. Features are brought to a mean of 0 and a variance of 1 first.
public struct RidgeClassifier: Sendable {
  /// The kinds, in order.
  public let kinds: [String]
  private let mean: Tensor
  private let deviation: Tensor
  private let weights: Tensor
  private let offset: Tensor

  /// Fits the map to samples.
  ///
  /// - Parameters:
  ///   - features: `[samples, channels]`, at least one.
  ///   - labels: The kind of each.
  ///   - penalty: What the squares of the weights count beside the mean of the squared errors.
  /// - Throws: A `TorchError`.
  public init(_ features: Tensor, labels: [String], penalty: Double = 0.1) throws {
    precondition(features.shape[0] == labels.count && !labels.isEmpty, "a label for each sample")
    kinds = Set(labels).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, $0) })
    let places = labels.map { numbers[$0] ?? 0 }
    let count = kinds.count
    (mean, deviation, weights, offset) = try checked {
      let x = features.converted(to: .float64)
      let mean = x.mean(dims: [0])
      let deviation = x.variance(dims: [0], correction: 0).squareRoot().clamped(min: 1e-6)
      let scaled = (x - mean) / deviation
      let y = Tensor(places).oneHot(count).converted(to: .float64)
      let offset = y.mean(dims: [0])
      let samples = Double(labels.count)
      let transposed = scaled.transposed(0, 1)
      let identity = Tensor.range(to: x.shape[1]).oneHot(x.shape[1]).converted(to: .float64)
      let weights = (transposed.matmul(scaled) / samples + identity * penalty).inverse()
        .matmul(transposed.matmul(y - offset) / samples)
      return (mean, deviation, weights, offset)
    }
  }

  /// How near samples are to each kind, `[samples, kinds]`; the greatest is the judgement.
  public func scores(_ features: Tensor) -> Tensor {
    ((features.converted(to: .float64) - mean) / deviation).matmul(weights) + offset
  }

  /// The kind of each sample.
  public func callAsFunction(_ features: Tensor) throws -> [String] {
    try checked { scores(features).argmax(dim: 1).values(as: Int.self) }.map { kinds[$0] }
  }
}
