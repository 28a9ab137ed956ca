/// The type of a tensor's elements.
///
/// The raw value is LibTorch's `ScalarType`.
public enum DType: Int32, Sendable, Hashable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15
  case float8e5m2 = 23
  case float8e4m3 = 24
  case uint16 = 27
  case uint32 = 28
  case uint64 = 29

  /// The bytes of one element.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool, .float8e5m2, .float8e4m3: 1
    case .int16, .float16, .bfloat16, .uint16: 2
    case .int32, .float32, .uint32: 4
    case .int64, .float64, .uint64: 8
    }
  }
}

/// The order in which a tensor's elements lie in memory.
///
/// The raw value is LibTorch's.
public enum MemoryFormat: Int32, Sendable {
  case contiguous = 0
  case preserve = 1
  /// `[batch, channels, height, width]` with the channels innermost, as convolutions like it.
  case channelsLast = 2
  /// `[batch, channels, frames, height, width]` with the channels innermost.
  case channelsLast3d = 3
}

/// Where a tensor's memory is and its operations run.
public struct Device: Sendable, Hashable, CustomStringConvertible {
  /// The kinds of device that LibTorch knows and Inkwell uses.
  public enum Kind: Int32, Sendable {
    case cpu = 0
    case cuda = 1
    case mps = 13
  }

  /// The kind of device.
  public let kind: Kind

  /// Which of several.
  public let index: Int

  /// The device of that kind and number.
  public init(kind: Kind, index: Int = 0) {
    self.kind = kind
    self.index = index
  }

  /// The processor and its memory.
  public static let cpu = Device(kind: .cpu)

  /// A graphics card by its number.
  public static func cuda(_ index: Int = 0) -> Device { Device(kind: .cuda, index: index) }

  /// Apple's graphics processor.
  public static let mps = Device(kind: .mps)

  /// The name that PyTorch gives it: `cpu`, `cuda:0`, `mps`.
  public var description: String { kind == .cuda ? "cuda:\(index)" : "\(kind)" }
}
