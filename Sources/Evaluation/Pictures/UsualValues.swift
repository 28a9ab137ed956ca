/// How a measure is spread over things that are as they should be: a table of quantiles.
public struct UsualValues: Codable, Sendable, Hashable {
  /// The fractions of which the quantiles are kept: finer towards the ends, where limits lie.
  public static let fractions = [
    0, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995,
    0.9975, 0.999, 1,
  ]

  /// How many things were measured.
  public let count: Int
  /// The value below which each of the fractions lies, in their order.
  public let quantiles: [Double]

  /// The table of some measurements.
  ///
  /// - Parameter values: At least one finite number.
  public init(_ values: [Double]) {
    precondition(values.allSatisfy(\.isFinite), "finite measurements")
    count = values.count
    quantiles = Self.fractions.map { quantile(values, $0) }
  }

  /// Reads a table, which is checked.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    count = try keys.decode(Int.self, forKey: .count)
    quantiles = try keys.decode([Double].self, forKey: .quantiles)
    let isRising = zip(quantiles, quantiles.dropFirst()).allSatisfy(<=)
    guard count > 0, quantiles.count == Self.fractions.count, isRising else {
      throw DecodingError.dataCorruptedError(
        forKey: .quantiles, in: keys,
        debugDescription:
          "expected \(Self.fractions.count) rising quantiles of a count above 0, "
          + "found \(quantiles.count) of \(count)")
    }
  }

  /// The value in the middle.
  public var median: Double { value(at: 0.5) }

  /// The value below which a fraction lies, in [0, 1], interpolated in the table.
  public func value(at fraction: Double) -> Double {
    Self.interpolated(fraction, Self.fractions, quantiles)
  }

  /// The share that is at least as large as a value.
  public func share(from value: Double) -> Double {
    guard let next = quantiles.firstIndex(where: { $0 >= value }) else { return 0 }
    guard next > 0 else { return 1 }
    return 1 - Self.between(next - 1, value, quantiles, Self.fractions)
  }

  /// The share that is at most as large as a value.
  public func share(to value: Double) -> Double {
    guard let last = quantiles.lastIndex(where: { $0 <= value }) else { return 0 }
    guard last < quantiles.count - 1 else { return 1 }
    return Self.between(last, value, quantiles, Self.fractions)
  }

  private static func interpolated(_ x: Double, _ xs: [Double], _ ys: [Double]) -> Double {
    precondition((0...1).contains(x), "a fraction")
    let last = xs.lastIndex { $0 <= x } ?? 0
    return last == xs.count - 1 ? ys[last] : between(last, x, xs, ys)
  }

  /// On the line from a point of a table to the next one.
  private static func between(_ index: Int, _ x: Double, _ xs: [Double], _ ys: [Double]) -> Double {
    let share = (x - xs[index]) / (xs[index + 1] - xs[index])
    return ys[index] + share * (ys[index + 1] - ys[index])
  }
}
