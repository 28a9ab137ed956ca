internal import CTorch

/// A weight in bfloat16 or int8, and its bias, in the order in which a processor's matrix unit
/// reads it.
///
/// Intel's AMX multiplies tiles of 16 × 32 numbers in bfloat16, and adds up in float32; or of 16 ×
/// 64 whole numbers of 8 bits, and adds up exactly. The weight is read in that order only, so that
/// it is in memory once. No gradient goes through it.
///
/// Whole numbers stand for multiples of a scale: one for each output of the weight, and one for
/// each row of features that are multiplied with it, or for each picture that is convolved, taken
/// from the greatest number there when it comes.
public struct TileWeight: Sendable {
  private let packed: Tensor
  private let scales: Tensor?
  private let bias: Tensor?
  private let shape: [Int]

  /// Whether this processor has such a unit, and the system lets the process use it.
  public static let isHere = ct_has_tiles()

  /// Packs a weight, if the processor has the unit and the weight fits it: its channels are a
  /// multiple of 32, and this thread lets kernels of our own take the place of LibTorch's.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, channels]`, or `[outputs, channels, kernel, kernel]` of a convolution;
  ///     rounded to bfloat16.
  ///   - bias: `[outputs]`.
  ///   - quantized: Whether it is rounded to int8, if the channels are a multiple of 64.
  public init?(_ weight: Tensor, bias: Tensor? = nil, quantized: Bool = false) {
    guard Self.isHere, ct_own_kernels() else { return nil }
    shape = weight.shape.sizes
    scales = quantized && shape.count > 1 ? Self.scales(of: weight) : nil
    packed = result(ct_pack_tiles(weight.pointer, scales?.pointer))
    guard packed.shape[0] > 0 else { return nil }
    self.bias = bias?.converted(to: .float32).contiguous()
  }

  /// What each output's numbers are multiples of, `[outputs]`.
  private static func scales(of weight: Tensor) -> Tensor {
    let most = weight.converted(to: .float32).absolute().flattened(from: 1, to: -1)
    return (most.maximum(dims: [1]) / 127).contiguous()
  }

  /// The affine map: `x weightᵀ + bias`.
  ///
  /// - Parameter x: `[…, channels]`, bfloat16.
  /// - Returns: `[…, outputs]`, bfloat16.
  public func linear(_ x: Tensor) -> Tensor {
    Torch.result(
      ct_tile_linear(
        x.pointer, packed.pointer, scales?.pointer, bias?.pointer, Int64(shape[0]),
        Int64(shape[1])))
  }

  /// The convolution over pictures.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`, bfloat16.
  ///   - stride: The places from one result to the next.
  ///   - padding: The zeros above and below the picture, and on its left and right.
  /// - Returns: `[batch, outputs, (height + 2 · padding - kernel) / stride + 1, …]`, bfloat16, its
  ///   channels side by side.
  public func convolved(_ x: Tensor, stride: Int = 1, padding: (Int, Int) = (0, 0)) -> Tensor {
    Torch.result(
      ct_tile_convolve(
        x.pointer, packed.pointer, scales?.pointer, bias?.pointer, Int64(shape[0]),
        Int64(shape[1]), Int64(shape.count == 4 ? shape[2] : 1), Int64(stride), Int64(padding.0),
        Int64(padding.1)))
  }
}
