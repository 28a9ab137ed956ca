/// SplitMix64's output function: 64 bits that a change of any input bit changes by half.
///
/// Steele, Lea and Flood 2014, figure 15, https://doi.org/10.1145/2660193.2660195.
package func mixed(_ bits: UInt64) -> UInt64 {
  var z = bits &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// The seed of the generator of one part of one step.
///
/// LibTorch's generator keeps the lower 32 bits of a seed. They are a permutation of the part's
/// number, so no two parts of a run draw the same numbers.
func generatorSeed(_ seed: UInt64, number: Int) -> UInt64 {
  var z = UInt32(truncatingIfNeeded: number) ^ UInt32(truncatingIfNeeded: mixed(seed))
  z = (z ^ (z >> 16)) &* 0x85EB_CA6B
  z = (z ^ (z >> 13)) &* 0xC2B2_AE35
  return UInt64(z ^ (z >> 16))
}
