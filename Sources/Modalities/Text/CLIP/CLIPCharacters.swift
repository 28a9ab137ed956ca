/// How CLIP's tokenizer sorts characters, by the Unicode versions that its reference was built on.
///
/// Hugging Face's `tokenizers` 0.23 matches `\p{L}` and `\p{N}` by tables of Unicode 16, composes
/// by tables of Unicode 8, and lowers the case by those of Unicode 17, as Swift 6.3 does.
enum CLIPCharacters {
  /// What a word is made of.
  enum Kind {
    case letter
    case number
    case other
  }

  /// White space ends a word and is no part of any.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? scalar == " " || "\t"..."\r" ~= scalar : scalar.properties.isWhitespace
  }

  static func kind(_ scalar: Unicode.Scalar) -> Kind {
    if scalar.isASCII {
      switch scalar {
      case "a"..."z", "A"..."Z": return .letter
      case "0"..."9": return .number
      default: return .other
      }
    }
    guard let age = scalar.properties.age, age.major <= 16 else { return .other }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }

  /// Whether a table of Unicode 8 may compose the character with one before it, or reorder it; the
  /// letters of Hangul follow a rule of their own.
  static func joins(_ scalar: Unicode.Scalar) -> Bool {
    guard !scalar.isASCII, BERTCharacters.isKnown(scalar) else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// Blocks where every character by itself is its own composition: Latin, kana, Han, Hangul,
  /// emoji.
  static func isComposed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x300, 0x3040...0xD7FF, 0x1F000...0x1FAFF: true
    default: false
    }
  }

  /// The Hangul syllable of a leading consonant and a vowel, or of a syllable without a final
  /// consonant and one; the Unicode Standard, section 3.12.
  ///
  /// Foundation's composition on Linux leaves the second kind apart.
  static func syllable(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    switch (first.value, second.value) {
    case (0x1100...0x1112, 0x1161...0x1175):
      let place = (first.value - 0x1100) * 21 + second.value - 0x1161
      return Unicode.Scalar(0xAC00 + place * 28)
    case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (first.value - 0xAC00) % 28 == 0:
      return Unicode.Scalar(first.value + second.value - 0x11A7)
    default: return nil
    }
  }
}
