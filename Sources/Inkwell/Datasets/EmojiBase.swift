/// What an emoji is a variant of: skin tones and genders of one emoji share a base.
///
/// Splits and sampling weights go by the base, so that "woman astronaut: dark skin tone" is not
/// trained on when "astronaut" is held out, and its 18 variants do not count 18 times.
struct EmojiBase: Hashable, Sendable {
  /// The base's code points in hexadecimal, such as `1F9D1-200D-1F680`.
  let id: String
  /// The skin tones of the variant, 0 (light) to 4 (dark), in order.
  let skinTones: [Int]

  init(_ codePoints: [UInt32]) {
    let tones: ClosedRange<UInt32> = 0x1F3FB...0x1F3FF
    let bare = codePoints.filter { $0 != 0xFE0F }
    // An emoji that is nothing but a tone is a swatch of colour, not a variant.
    skinTones = bare.count > 1 ? bare.filter(tones.contains).map { Int($0 - 0x1F3FB) } : []
    let toneless = bare.count > 1 ? bare.filter { !tones.contains($0) } : bare
    var parts = toneless.split(separator: Self.joiner).map(Array.init)
    if let last = parts.last, parts.count > 1, Self.genderSigns.contains(last) {
      parts.removeLast()
    }
    let base = Self.common(parts) ?? Array(parts.joined(separator: [Self.joiner]))
    id = Self.id(Self.forms[base] ?? base)
  }

  /// Code points in hexadecimal, joined by hyphens.
  static func id(_ codePoints: [UInt32]) -> String {
    codePoints.map { String($0, radix: 16, uppercase: true) }.joined(separator: "-")
  }

  private static let joiner: UInt32 = 0x200D
  private static let genderSigns: [[UInt32]] = [[0x2640], [0x2642]]
  private static let man: UInt32 = 0x1F468
  private static let woman: UInt32 = 0x1F469
  private static let person: UInt32 = 0x1F9D1
  private static let adults: Set<UInt32> = [man, woman, person]
  private static let family: Set<UInt32> = [man, woman, 0x1F466, 0x1F467]

  /// The base of a joined sequence of people, if it is one.
  private static func common(_ parts: [[UInt32]]) -> [UInt32]? {
    guard parts.count > 1, let first = parts[0].first else { return nil }
    if parts == [[0x1FAF1], [0x1FAF2]] { return [0x1F91D] }  // Two hands: a handshake.
    guard parts[0].count == 1, adults.contains(first) else { return nil }
    if parts.contains([0x1F48B]) { return [0x1F48F] }  // A kiss.
    if parts.contains([0x2764]) { return [0x1F491] }  // A couple with a heart.
    if parts.count == 3, parts[1] == [0x1F91D] { return [0x1F46D] }  // Holding hands.
    if parts.allSatisfy({ $0.count == 1 && family.contains($0[0]) }) { return [0x1F46A] }
    return Array(([[person]] + parts.dropFirst()).joined(separator: [joiner]))
  }

  /// Gendered emoji that have a code point of their own.
  private static let forms: [[UInt32]: [UInt32]] = [
    [man]: [person], [woman]: [person],
    [0x1F466]: [0x1F9D2], [0x1F467]: [0x1F9D2],  // boy, girl: child
    [0x1F474]: [0x1F9D3], [0x1F475]: [0x1F9D3],  // old man, old woman: older person
    [0x1F46B]: [0x1F46D], [0x1F46C]: [0x1F46D],  // man and woman, men: people holding hands
    [0x1F57A]: [0x1F483],  // man dancing: woman dancing
    [0x1F478]: [0x1FAC5], [0x1F934]: [0x1FAC5],  // princess, prince: person with crown
    [0x1F930]: [0x1FAC4], [0x1FAC3]: [0x1FAC4],  // pregnant woman, man: person
    [0x1F936]: [0x1F385], [person, joiner, 0x1F384]: [0x1F385],  // Mrs. and Mx Claus: Santa
  ]
}
