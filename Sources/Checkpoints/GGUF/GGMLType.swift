package import Torch

/// The kinds of elements that ggml knows, by its own numbers.
package enum GGMLType: UInt32, Sendable, Hashable, CaseIterable {
  case f32 = 0
  case f16 = 1
  case q4_0 = 2
  case q4_1 = 3
  case q5_0 = 6
  case q5_1 = 7
  case q8_0 = 8
  case q8_1 = 9
  case q2K = 10
  case q3K = 11
  case q4K = 12
  case q5K = 13
  case q6K = 14
  case q8K = 15
  case iq2XXS = 16
  case iq2XS = 17
  case iq3XXS = 18
  case iq1S = 19
  case iq4NL = 20
  case iq3S = 21
  case iq2S = 22
  case iq4XS = 23
  case i8 = 24
  case i16 = 25
  case i32 = 26
  case i64 = 27
  case f64 = 28
  case iq1M = 29
  case bf16 = 30
  case tq1_0 = 34
  case tq2_0 = 35
  case mxfp4 = 39

  /// The numbers of a block, and its bytes.
  package var block: (numbers: Int, bytes: Int) {
    switch self {
    case .i8: (1, 1)
    case .f16, .bf16, .i16: (1, 2)
    case .f32, .i32: (1, 4)
    case .f64, .i64: (1, 8)
    case .q4_0: (32, 18)
    case .q4_1: (32, 20)
    case .q5_0: (32, 22)
    case .q5_1: (32, 24)
    case .q8_0: (32, 34)
    case .q8_1: (32, 40)
    case .iq4NL: (32, 18)
    case .mxfp4: (32, 17)
    case .q2K: (256, 84)
    case .q3K: (256, 110)
    case .q4K: (256, 144)
    case .q5K: (256, 176)
    case .q6K: (256, 210)
    case .q8K: (256, 292)
    case .iq2XXS: (256, 66)
    case .iq2XS: (256, 74)
    case .iq3XXS: (256, 98)
    case .iq1S: (256, 50)
    case .iq3S: (256, 110)
    case .iq2S: (256, 82)
    case .iq4XS: (256, 136)
    case .iq1M: (256, 56)
    case .tq1_0: (256, 54)
    case .tq2_0: (256, 66)
    }
  }

  /// LibTorch's type for plain numbers.
  package var plain: DType? {
    switch self {
    case .f32: .float32
    case .f16: .float16
    case .bf16: .bfloat16
    case .f64: .float64
    case .i8: .int8
    case .i16: .int16
    case .i32: .int32
    case .i64: .int64
    default: nil
    }
  }

  /// The format of blocks that can be read.
  package var blocks: BlockFormat? {
    Int32(exactly: rawValue).flatMap { BlockFormat(rawValue: $0) }
  }

  /// ggml's name.
  package var name: String {
    switch self {
    case .q2K: "Q2_K"
    case .q3K: "Q3_K"
    case .q4K: "Q4_K"
    case .q5K: "Q5_K"
    case .q6K: "Q6_K"
    case .q8K: "Q8_K"
    case .iq4NL: "IQ4_NL"
    case .iq4XS: "IQ4_XS"
    default: "\(self)".uppercased()
    }
  }

  /// The bytes of a tensor, or `nil` if they are too many to count or its rows are no whole blocks.
  package func byteCount(_ shape: [Int]) -> Int? {
    guard (shape.last ?? 1).isMultiple(of: block.numbers) else { return nil }
    var count = 1
    for factor in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: factor)
      guard !overflow else { return nil }
      count = product
    }
    let (bytes, overflow) = (count / block.numbers).multipliedReportingOverflow(by: block.bytes)
    return overflow ? nil : bytes
  }
}
