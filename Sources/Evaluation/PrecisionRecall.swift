public import Torch

/// How many generated samples look real, and how much of what is real is generated.
///
/// Kynkäänniemi et al. 2019, equations 1 to 3, https://arxiv.org/abs/1904.06991: a set's manifold
/// is the union of balls around its samples, each as large as to reach its `k`-th nearest other
/// sample.
public struct PrecisionRecall: Codable, Sendable, Hashable {
  /// The share of generated samples inside the manifold of the real ones, with Wilson's interval.
  public let precision: Estimate
  /// The share of real samples inside the manifold of the generated ones, with Wilson's interval.
  public let recall: Estimate

  /// Compares two sets of features.
  ///
  /// - Parameters:
  ///   - generated: More than `k` samples, `[samples, channels]`.
  ///   - real: More than `k` samples, `[samples, channels]`; as many as generated ones, or the two
  ///     shares say different things.
  ///   - k: The neighbour that a ball reaches, at least 1; the paper has 3.
  /// - Throws: A `TorchError` if the channels are not as many.
  public init(generated: Tensor, real: Tensor, k: Int = 3) throws {
    precondition(k > 0 && generated.shape[0] > k && real.shape[0] > k, "more than \(k) samples")
    precision = try Self.share(of: generated, inManifoldOf: real, k)
    recall = try Self.share(of: real, inManifoldOf: generated, k)
  }

  private static func share(
    of points: Tensor, inManifoldOf set: Tensor, _ k: Int
  ) throws -> Estimate {
    // A sample's nearest is the sample itself.
    let near = try nearestNeighbours(of: set, among: set, count: k + 1)
    let inside = try checked {
      let radii = near.distances.selected(dim: 1, index: k)
      let squared = radii * radii
      let all = rows(of: set, 0..<set.shape[0])
      return chunks(of: points.shape[0]).map { range in
        let inside = squaredDistances(rows(of: points, range), all) - squared
        let nearest = inside.minimum(dims: [1])
        return nearest.lessOrEqual(to: 0.0).sum().item()
      }
    }
    return Estimate(successes: Int(inside.reduce(0, +)), of: points.shape[0])
  }
}
