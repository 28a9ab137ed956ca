internal import CTorch

/// A stream of random numbers equal, bit for bit, to that of PyTorch's CPU generator.
///
/// It is not safe to share between threads, so it is not sendable.
public final class Generator {
  private let pointer: OpaquePointer?

  /// The stream that PyTorch's `manual_seed(seed)` begins.
  public init(seed: UInt64) {
    pointer = ct_generator(seed)
    check(pointer != nil)
  }

  deinit {
    if let pointer { ct_generator_release(pointer) }
  }

  /// Begins the stream of another seed.
  public func seed(_ seed: UInt64) {
    check(ct_generator_seed(pointer, seed))
  }

  /// All of the generator's state, as PyTorch's `get_state`: `uint8`, of rank one.
  public var state: Tensor {
    get { result(ct_generator_state(pointer)) }
    set { check(ct_generator_set_state(pointer, newValue.pointer)) }
  }

  /// Independent draws from the normal distribution of mean 0 and variance 1: `torch.randn`.
  public func normal(_ shape: [Int], dtype: DType = .float32) -> Tensor {
    withInts(shape) {
      result(ct_randn(pointer, $0.baseAddress, Int64($0.count), dtype.rawValue))
    }
  }

  /// Independent draws from [0, 1): `torch.rand`.
  public func uniform(_ shape: [Int], dtype: DType = .float32) -> Tensor {
    withInts(shape) {
      result(ct_rand(pointer, $0.baseAddress, Int64($0.count), dtype.rawValue))
    }
  }

  /// Independent whole numbers, `int64`: `torch.randint`.
  public func integers(in range: Range<Int>, _ shape: [Int]) -> Tensor {
    withInts(shape) {
      result(
        ct_randint(
          pointer, Int64(range.lowerBound), Int64(range.upperBound), $0.baseAddress,
          Int64($0.count)))
    }
  }

  /// The numbers below `count` in random order, `int64`: `torch.randperm`.
  public func permutation(_ count: Int) -> Tensor {
    result(ct_randperm(pointer, Int64(count)))
  }
}
