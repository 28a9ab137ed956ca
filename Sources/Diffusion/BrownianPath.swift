internal import Foundation

internal import Torch

/// A Brownian path in one sample's shape that a seed alone decides.
///
/// Its time runs over ``NoiseLevel/brownianTime``, from 0 where there is no noise to 1 where there
/// is nothing else, in whole multiples of a power of two. The path is a binary tree: its end is
/// drawn first, then the middle of every interval given both ends (Lévy's construction; Kidger et
/// al. 2021, https://arxiv.org/abs/2105.13493). The generator of a middle is seeded by the path's
/// seed and the middle's time, so a value does not depend on what was asked before. Increments are
/// differences of values: those of two halves add up to that of the whole.
///
/// torchsde's `BrownianTree`, which k-diffusion uses, is the same construction over Karras' sigma
/// between the lowest and the highest of one run, so there another schedule gives another path;
/// here it does not, and pure noise is a time like any other. Its numbers are therefore not ours.
final class BrownianPath {
  /// A value of the path, in units of the deviation that was drawn for it.
  private struct Value {
    let unit: Double
    let inUnits: Tensor
  }

  /// How often the tree is halved at most.
  static let mostBits = 20
  private static let end = UInt64(1) << mostBits

  private let seed: UInt64
  private let shape: [Int]
  private let dtype: DType
  private let bits: Int
  private let generator = Generator(seed: 0)
  private var known: [[UInt64: Value]] = []

  /// The path of a seed.
  ///
  /// - Parameters:
  ///   - seed: What decides the path.
  ///   - shape: The shape of the sample.
  ///   - dtype: The type in which normal numbers are drawn, `float32` or `float64`.
  ///   - bits: How often the tree is halved: times are multiples of 2 to the power of minus this. A
  ///     finer tree has the values of a coarser one, and a draw more for each time and bit.
  init(seed: UInt64, shape: [Int], dtype: DType, bits: Int = BrownianPath.mostBits) {
    precondition((1...Self.mostBits).contains(bits), "a tree of depth \(bits)")
    self.bits = bits
    self.seed = seed
    self.shape = shape
    self.dtype = dtype
  }

  /// The unit normal increment between two times in [0, 1], in the type that is drawn: the
  /// difference of the path's values over the square root of the time between them.
  ///
  /// Times that are the same multiple count as neighbours.
  func increment(from first: Double, to second: Double) -> Tensor {
    let (from, unit) = (tick(first), UInt64(1) << (Self.mostBits - bits))
    var to = tick(second)
    if from == to {
      to = second < first && from > 0 || from == Self.end ? from - unit : from + unit
    }
    // Back and forth it is the same to the last bit, but for its sign.
    let (high, low) = (value(at: max(from, to)), value(at: min(from, to)))
    let length = Self.time(max(from, to) - min(from, to))
    let scale = (to > from ? 1 : -1) / length.squareRoot()
    return (scale * high.unit * high.inUnits).add(low.inUnits, alpha: Scalar(-scale * low.unit))
  }

  /// A time in multiples of the finest tree's unit.
  private func tick(_ time: Double) -> UInt64 {
    UInt64((min(max(time, 0), 1) * Double(UInt64(1) << bits)).rounded()) << (Self.mostBits - bits)
  }

  private static func time(_ tick: UInt64) -> Double { Double(tick) / Double(end) }

  private func value(at tick: UInt64) -> Value {
    // The middles on the ways to the last three times: a step starts where the last one ended, and
    // the ways to neighbours have much in common.
    var way: [UInt64: Value] = [:]
    func value(of tick: UInt64, else draw: () -> Value) -> Value {
      let value = known.lazy.compactMap { $0[tick] }.first ?? draw()
      way[tick] = value
      return value
    }
    var (low, high) = (UInt64(0), Self.end)
    var lowValue = Value(unit: 0, inUnits: .zeros(shape, dtype: dtype))
    var highValue = value(of: high) { Value(unit: 1, inUnits: normal(of: high)) }
    while tick != low, tick != high {
      let middle = (low + high) / 2
      let middleValue = value(of: middle) {
        // The mean of both ends, and a deviation of half the root of the time between them.
        let unit = Self.time(high - low).squareRoot() / 2
        let drawn = normal(of: middle)
        for end in [lowValue, highValue] where end.unit > 0 {
          drawn.add(end.inUnits, alpha: Scalar(end.unit / unit / 2))
        }
        return Value(unit: unit, inUnits: drawn)
      }
      if tick < middle {
        (high, highValue) = (middle, middleValue)
      } else {
        (low, lowValue) = (middle, middleValue)
      }
    }
    known = Array(([way] + known).prefix(3))
    return tick == low ? lowValue : highValue
  }

  private func normal(of tick: UInt64) -> Tensor {
    generator.seed(mixed(seed ^ mixed(tick)))
    return generator.normal(shape, dtype: dtype)
  }
}

/// A bijection of 64 bits in which every bit of the result depends on all of `x`.
///
/// The finalizer of SplitMix64 (Steele et al. 2014, https://doi.org/10.1145/2660193.2660195), in
/// Stafford's variant 13.
private func mixed(_ x: UInt64) -> UInt64 {
  var z = x &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

extension NoiseLevel {
  /// Where the level lies on a Brownian path: 0 without noise, 1 where there is nothing else.
  ///
  /// It depends on the signal-to-noise ratio only. With `lambda`, half of ``logSNR``, it is
  /// `(1 - lambda / (4 + |lambda|)) / 2`: close to even steps in `lambda` for usual levels, and
  /// finite at both ends.
  package var brownianTime: Double {
    let lambda = logSNR / 2
    guard lambda.isFinite else { return lambda > 0 ? 0 : 1 }
    return (1 - lambda / (4 + abs(lambda))) / 2
  }
}
