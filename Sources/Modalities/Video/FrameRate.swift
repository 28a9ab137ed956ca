/// How many frames a clip has in a second: a fraction, such as 24 or 30000/1001.
public struct FrameRate: Sendable, Hashable, CustomStringConvertible {
  /// The numerator in lowest terms, at least 1.
  public let numerator: Int

  /// The denominator in lowest terms, at least 1.
  public let denominator: Int

  /// A rate of `numerator / denominator` frames in a second.
  /// - Parameters:
  ///   - numerator: At least 1.
  ///   - denominator: At least 1.
  /// - Throws: `ClipError.frameRate` outside of a frame in 1000 seconds up to 1000 frames in one,
  ///   or where one of the numbers in lowest terms is more than 2³¹ - 1.
  public init(_ numerator: Int, over denominator: Int = 1) throws(ClipError) {
    let refusal = ClipError.frameRate(numerator: numerator, denominator: denominator)
    guard numerator > 0, denominator > 0 else { throw refusal }
    let divisor = Self.commonDivisor(numerator, denominator)
    self.numerator = numerator / divisor
    self.denominator = denominator / divisor
    let most = Int(Int32.max)
    guard self.numerator <= most, self.denominator <= most, (0.001...1000).contains(value) else {
      throw refusal
    }
  }

  /// Frames in a second.
  public var value: Double { Double(numerator) / Double(denominator) }

  /// The fraction, or the whole number.
  public var description: String {
    denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)"
  }

  /// The rate of the smallest denominator in a range of rates, of those the nearest to its middle.
  ///
  /// - Throws: `ClipError.frameRate` if there is none that a clip can have.
  static func simplest(in range: ClosedRange<Double>) throws(ClipError) -> FrameRate {
    let middle = (range.lowerBound + range.upperBound) / 2
    // Bounds are quotients of rounded numbers.
    let margin = 1e-9 * middle
    for denominator in 1...1 << 17 where middle.isFinite {
      let numerator = (middle * Double(denominator)).rounded()
      let distance = abs(numerator / Double(denominator) - middle)
      if distance <= (range.upperBound - range.lowerBound) / 2 + margin, numerator < 0x1p31 {
        return try FrameRate(Int(numerator), over: denominator)
      }
    }
    throw .frameRate(numerator: 0, denominator: 0)
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : commonDivisor(b, a % b)
  }
}
