public import Torch

internal import Foundation

/// The random numbers of a batch: a generator for each sample, so that a sample depends on its
/// own seed and not on its place in a batch.
///
/// Sample `i` gets what PyTorch's `torch.randn((1, …), generator=g)` gives for its seed, drawn in
/// `float32`, or in `float64` for `float64` samples, on the CPU. Half precision is rounded from
/// `float32`, so a seed means the same noise in every dtype; PyTorch's own draws in half differ.
///
/// Noise comes in two kinds: fresh noise for each draw, and the increments of one Brownian path
/// between noise levels. Along a path, a seed means the same sample for any number of steps, more
/// and more exactly as they become shorter.
///
/// Copies share the generators, whose streams go on with every draw.
public struct NoiseSource {
  private let generators: [Generator]
  private let given: GivenNoise?
  private let paths = BrownianPaths()
  private let pathBits: Int

  /// A source with a generator for each sample of the batch.
  public init(_ generators: [Generator]) {
    self.init(generators, pathBits: BrownianPath.mostBits)
  }

  private init(_ generators: [Generator], pathBits: Int) {
    self.generators = generators
    self.pathBits = pathBits
    given = nil
  }

  /// A source with a new generator for each sample's seed.
  public init(seeds: [UInt64]) {
    self.init(seeds.map { Generator(seed: $0) })
  }

  /// A source whose noise is given, such as noise that was recorded.
  ///
  /// - Parameters:
  ///   - normal: Unit noise in the shape of a batch.
  ///   - increment: The increment of a Brownian path between two levels, scaled to unit variance,
  ///     in the shape of a batch.
  public init(
    normal: @escaping (_ x: Tensor) -> Tensor,
    increment: @escaping (_ x: Tensor, _ t: NoiseLevel, _ s: NoiseLevel) -> Tensor
  ) {
    generators = []
    pathBits = BrownianPath.mostBits
    given = GivenNoise(normal: normal, increment: increment)
  }

  /// The number of samples; 0 if the noise is given.
  public var count: Int { generators.count }

  /// Unit noise for samples of a shape.
  ///
  /// - Parameters:
  ///   - shape: The shape of one sample, without the batch.
  ///   - dtype: The type of the elements.
  ///   - device: Where the noise is moved to.
  /// - Returns: Unit noise, `[count] + shape`.
  public func normal(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    generators.map { $0.normal([1] + shape, dtype: Self.drawn(dtype)) }.concatenated()
      .converted(to: dtype).moved(to: device)
  }

  /// Unit noise in the shape, dtype and place of `x`, `[count, …]`.
  public func normal(like x: Tensor) -> Tensor {
    if let given { return given.normal(x) }
    precondition(x.shape[0] == count, "\(count) generators for \(x.shape[0]) samples")
    return normal(Array(x.shape.dropFirst()), dtype: x.dtype, device: x.device)
  }

  /// The increment of each sample's Brownian path between two levels, scaled to unit variance.
  ///
  /// Times the square root of the time between the levels, increments add up. A sample's path is
  /// seeded by its generator when the first increment of a run is asked for; whatever is asked for
  /// then, and in what order, leaves the path as it is.
  ///
  /// - Parameters:
  ///   - x: What the increment has the shape, dtype and place of, `[count, …]`.
  ///   - t: The level where the increment starts.
  ///   - s: The level where it ends, of another signal-to-noise ratio.
  /// - Returns: Unit noise, `[count, …]`.
  public func increment(like x: Tensor, from t: NoiseLevel, to s: NoiseLevel) -> Tensor {
    if let given { return given.increment(x, t, s) }
    precondition(x.shape[0] == count, "\(count) generators for \(x.shape[0]) samples")
    let shape = [1] + x.shape.dropFirst()
    let paths = paths.all {
      generators.map { generator in
        let seed = generator.integers(in: 0..<Int.max, [1]).values(as: Int64.self)[0]
        return BrownianPath(
          seed: UInt64(bitPattern: seed), shape: shape, dtype: Self.drawn(x.dtype),
          bits: pathBits)
      }
    }
    return paths.map { $0.increment(from: t.brownianTime, to: s.brownianTime) }.concatenated()
      .converted(to: x.dtype).moved(to: x.device)
  }

  /// The same generators, and Brownian paths yet to be seeded whose times are a quarter of a run's
  /// shortest step or less apart.
  ///
  /// Finer times cost a draw for each halving, and it is the draws that take the time.
  func forNewRun(over levels: [NoiseLevel]) -> NoiseSource {
    guard given == nil else { return self }
    let times = levels.map(\.brownianTime)
    let shortest = zip(times, times.dropFirst()).map { $0 - $1 }.reduce(1, min)
    let bits = 2 + Int((-log2(max(shortest, 1e-6))).rounded(.up))
    return NoiseSource(generators, pathBits: min(bits, BrownianPath.mostBits))
  }

  private static func drawn(_ dtype: DType) -> DType { dtype == .float64 ? .float64 : .float32 }
}

/// The paths of a run, made when the first increment is asked for.
private final class BrownianPaths {
  private var paths: [BrownianPath]?

  func all(_ make: () -> [BrownianPath]) -> [BrownianPath] {
    let all = paths ?? make()
    paths = all
    return all
  }
}

private struct GivenNoise {
  let normal: (Tensor) -> Tensor
  let increment: (Tensor, NoiseLevel, NoiseLevel) -> Tensor
}
