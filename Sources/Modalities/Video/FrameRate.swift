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

  /// The rate of the smallest denominator, and then numerator, in a range of rates.
  ///
  /// The continued fraction that both bounds share, as far as they do.
  static func simplest(in range: ClosedRange<Double>) throws(ClipError) -> FrameRate {
    let (numerator, denominator) = simplestFraction(range.lowerBound, range.upperBound)
    guard let p = Int(exactly: numerator), let q = Int(exactly: denominator) else {
      throw .frameRate(numerator: 0, denominator: 0)
    }
    return try FrameRate(p, over: q)
  }

  private static func simplestFraction(_ low: Double, _ high: Double) -> (Double, Double) {
    let whole = low.rounded(.down)
    if whole == low || whole + 1 <= high { return (whole == low ? whole : whole + 1, 1) }
    let (p, q) = simplestFraction(1 / (high - whole), 1 / (low - whole))
    return (whole * p + q, p)
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : commonDivisor(b, a % b)
  }
}
