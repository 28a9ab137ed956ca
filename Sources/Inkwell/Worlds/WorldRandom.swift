internal import Training

/// The random numbers of a world: SplitMix64's sequence, the same on every machine.
///
/// Steele, Lea and Flood 2014, figure 15, https://doi.org/10.1145/2660193.2660195.
struct WorldRandom: Sendable, Hashable {
  private var state: UInt64

  /// The sequence of one of the things that a seed stands for.
  ///
  /// - Parameters:
  ///   - seed: What all of them depend on.
  ///   - part: Which of them it is; no two have the same sequence.
  init(_ seed: UInt64, part: UInt64 = 0) {
    state = mixed(seed &+ mixed(part))
  }

  /// The next 64 bits.
  mutating func bits() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return mixed(state)
  }

  /// A whole number from 0 to below a bound.
  mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "below \(bound) there is no number")
    return Int(bits().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Whether something happens that has a chance, from 0 to 1.
  mutating func happens(_ chance: Double) -> Bool {
    Double(bits() >> 11) / 0x1p53 < chance
  }

  /// One of several, each as often.
  mutating func one<Element>(of elements: [Element]) -> Element {
    elements[below(elements.count)]
  }
}
