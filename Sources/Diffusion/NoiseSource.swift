public import Torch

/// The random numbers of a batch: a generator for each sample, so that a sample depends on its
/// own seed and not on its place in a batch.
///
/// Sample `i` gets what PyTorch's `torch.randn((1, …), generator=g)` gives for its seed, drawn in
/// `float32`, or in `float64` for `float64` samples, on the CPU. Half precision is rounded from
/// `float32`, so a seed means the same noise in every dtype; PyTorch's own draws in half differ.
///
/// Copies share the generators, whose streams go on with every draw.
public struct NoiseSource {
  private let generators: [Generator]

  /// A source with a generator for each sample of the batch.
  public init(_ generators: [Generator]) {
    self.generators = generators
  }

  /// A source with a new generator for each sample's seed.
  public init(seeds: [UInt64]) {
    generators = seeds.map { Generator(seed: $0) }
  }

  /// The number of samples.
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
    let drawn: DType = dtype == .float64 ? .float64 : .float32
    return generators.map { $0.normal([1] + shape, dtype: drawn) }.concatenated()
      .converted(to: dtype).moved(to: device)
  }

  /// Unit noise in the shape, dtype and place of `x`, `[count, …]`.
  public func normal(like x: Tensor) -> Tensor {
    precondition(x.shape[0] == count, "\(count) generators for \(x.shape[0]) samples")
    return normal(Array(x.shape.dropFirst()), dtype: x.dtype, device: x.device)
  }
}
