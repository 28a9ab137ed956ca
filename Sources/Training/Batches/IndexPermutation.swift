/// A random order of the numbers below a count, answered one place at a time.
///
/// A Feistel network of six rounds over the next even power of two, walked until it falls below
/// the count (Black and Rogaway 2002, https://eprint.iacr.org/2001/012). It needs no
/// memory, so the order of any epoch can be asked at any step.
struct IndexPermutation {
  let count: Int
  private let key: UInt64
  private let halfBits: Int

  init(count: Int, key: UInt64) {
    precondition(count > 0, "a permutation of nothing")
    self.count = count
    self.key = key
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    halfBits = max((bits + 1) / 2, 1)
  }

  /// The number at a place below the count.
  subscript(place: Int) -> Int {
    precondition(place >= 0 && place < count, "place \(place) of \(count)")
    var value = permuted(place)
    while value >= count { value = permuted(value) }
    return value
  }

  private func permuted(_ value: Int) -> Int {
    let mask = UInt64(1) << UInt64(halfBits) - 1
    var left = UInt64(value) >> UInt64(halfBits)
    var right = UInt64(value) & mask
    for round in 0..<6 {
      let bits = mixed(key ^ mixed(right | UInt64(round) << 56))
      (left, right) = (right, left ^ (bits & mask))
    }
    return Int(left << UInt64(halfBits) | right)
  }
}
