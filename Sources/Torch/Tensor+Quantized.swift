internal import CTorch

/// A format of ggml in which a block of numbers shares its scale.
///
/// The raw value is ggml's number of the format.
package enum BlockFormat: Int32, Sendable, Hashable, CaseIterable {
  case q4_0 = 2
  case q4_1 = 3
  case q5_0 = 6
  case q5_1 = 7
  case q8_0 = 8
  case q2K = 10
  case q3K = 11
  case q4K = 12
  case q5K = 13
  case q6K = 14
}

extension Tensor {
  /// The numbers of whole blocks, in float32.
  ///
  /// They are, to the bit, those of the reference (gguf's Python package).
  ///
  /// - Parameters:
  ///   - blocks: The blocks; as many bytes as `shape` needs.
  ///   - shape: The sizes, the last of which is a multiple of a block's.
  ///   - format: The format.
  package init(blocks: UnsafeRawBufferPointer, shape: [Int], format: BlockFormat) {
    self = withInts(shape) {
      result(
        ct_dequantize(format.rawValue, blocks.baseAddress, $0.baseAddress, Int64($0.count)))
    }
  }

  /// The tensor's blocks as bytes, in `.q4_0` or `.q8_0`.
  ///
  /// They are, to the bit, those of the reference. A number that is not finite is an error.
  package func blocks(_ format: BlockFormat) -> Tensor {
    Torch.result(ct_quantize(format.rawValue, pointer))
  }
}
