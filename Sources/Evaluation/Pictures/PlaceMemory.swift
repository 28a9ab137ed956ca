public import Torch

/// What places of known pictures look like, beside which a strange place stands out.
///
/// The memory of Roth et al. 2022, section 3, https://arxiv.org/abs/2106.08265, but of places drawn
/// at random, and without the weights of section 3.3.
public struct PlaceMemory: Sendable {
  /// `[channels, size]`.
  private let known: Tensor
  /// `[size]`.
  private let squares: Tensor

  /// Remembers places.
  ///
  /// - Parameter places: Their features, `[size, channels]`, of at least one.
  public init(_ places: Tensor) {
    precondition(places.rank == 2 && places.shape[0] > 0, "features of some places")
    known = places.transposed(0, 1).contiguous()
    squares = (places * places).sum(dims: [1])
  }

  /// The features of places, each with what is around it.
  ///
  /// - Parameter map: `[batch, channels, height, width]`.
  /// - Returns: The mean of the features of 3 x 3 places, of the same shape.
  public static func blended(_ map: Tensor) -> Tensor {
    map.padded([1, 1, 1, 1], mode: "replicate").averagePool2d([3, 3], stride: [1, 1])
  }

  /// How far each place is from the nearest known one.
  ///
  /// - Parameter map: Features, `[batch, channels, height, width]`.
  /// - Returns: Euclidean distances, `[batch, height, width]`.
  public func distances(_ map: Tensor) -> Tensor {
    let x = map.permuted(0, 2, 3, 1)
    let nearest = (squares - 2 * x.matmul(known)).minimum(dims: [3])
    return ((x * x).sum(dims: [3]) + nearest).clamped(min: 0.0).squareRoot()
  }
}

/// How far a thing is from others that should be like it, beside how far they are from one another.
///
/// - Parameters:
///   - features: The thing's, `[channels]`.
///   - others: The others', `[count, channels]`, of at least two.
/// - Returns: The mean distance from the others over their mean distance from each other: about 1
///   for one of them. Nothing where the others are all the same.
/// - Throws: A `TorchError`.
public func disagreement(of features: Tensor, with others: Tensor) throws -> Double? {
  let count = others.shape[0]
  precondition(count > 1, "others that can differ")
  let (own, mutual) = try checked {
    let x = others.converted(to: .float64)
    let own = (x - features.converted(to: .float64)).vectorNorm(dims: [1]).mean().item()
    let pairs = (x.unsqueezed(1) - x.unsqueezed(0)).vectorNorm(dims: [2]).sum().item()
    return (own, pairs / Double(count * (count - 1)))
  }
  return mutual > 0 ? own / mutual : nil
}
