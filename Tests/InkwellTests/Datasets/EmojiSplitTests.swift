import Checkpoints
import Testing

@testable import Inkwell

@Suite("bases of emoji")
struct EmojiBaseTests {
  @Test(
    "variants share a base",
    arguments: [
      ("1F34E", "1F34E", []), ("263A FE0F", "263A", []), ("1F44B 1F3FF", "1F44B", [4]),
      ("1F3FB", "1F3FB", []),  // a swatch of a skin tone
      ("1F469 1F3FD 200D 1F680", "1F9D1-200D-1F680", [2]), ("1F468", "1F9D1", []),
      ("1F6B6 1F3FB 200D 2640 FE0F", "1F6B6", [0]), ("26F9 FE0F 200D 2642 FE0F", "26F9", []),
      ("1F469 200D 2764 FE0F 200D 1F468", "1F491", []),
      ("1F9D1 1F3FB 200D 2764 FE0F 200D 1F48B 200D 1F9D1 1F3FC", "1F48F", [0, 1]),
      ("1F468 200D 1F469 200D 1F467 200D 1F466", "1F46A", []),
      ("1F469 1F3FB 200D 1F91D 200D 1F468 1F3FF", "1F46D", [0, 4]), ("1F46B 1F3FC", "1F46D", [1]),
      ("1FAF1 1F3FB 200D 1FAF2 1F3FF", "1F91D", [0, 4]), ("1F936 1F3FD", "1F385", [2]),
      ("1F9D1 200D 1F384", "1F385", []), ("1F478", "1FAC5", []),
      ("1F469 200D 2695 FE0F", "1F9D1-200D-2695", []),
      // Joined, but no people: kept as they are.
      ("1F3F3 FE0F 200D 1F308", "1F3F3-200D-1F308", []),
      ("2764 FE0F 200D 1F525", "2764-200D-1F525", []),
      ("1F408 200D 2B1B", "1F408-200D-2B1B", []), ("0023 FE0F 20E3", "23-20E3", []),
    ])
  func shares(sequence: String, id: String, tones: [Int]) {
    let base = EmojiBase(sequence.split(separator: " ").compactMap { UInt32($0, radix: 16) })
    #expect(base.id == id)
    #expect(base.skinTones == tones)
  }
}

@Suite("the split")
struct EmojiSplitTests {
  private let bases = (0..<20_000).map { String($0 + 0x1F000, radix: 16, uppercase: true) }

  /// Computed once with Python's hashlib; a change would move pictures from held out to trained on.
  @Test("the hash never changes")
  func hashIsStable() {
    #expect(StableHash.fraction("inkwell emoji base 1F34E") == 0.07105049728993706)
    #expect(StableHash.fraction("") == 0.8894159948913373)
    #expect(
      FileHash.sha256(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test("a base is held out in all styles or in one at most")
  func neverParts() {
    for base in bases {
      let splits = EmojiStyle.allCases.map { EmojiSplit(base: base, style: $0) }
      let heldOut = splits.count { $0 == .heldOutBase }
      #expect(heldOut == 0 || heldOut == splits.count)
      #expect(splits.count { $0 == .heldOutPair } <= 1)
    }
  }

  @Test("the shares are those that are meant, the same in every style")
  func hasShares() {
    let count = Double(bases.count)
    let heldOut = bases.count { EmojiSplit(base: $0, style: .noto) == .heldOutBase }
    #expect(abs(Double(heldOut) / count - EmojiSplit.baseShare) < 0.006)
    for style in EmojiStyle.allCases {
      let pairs = bases.count { EmojiSplit(base: $0, style: style) == .heldOutPair }
      let expected = EmojiSplit.pairShare * (1 - EmojiSplit.baseShare)
      #expect(abs(Double(pairs) / count - expected) < 0.008)
    }
  }
}
