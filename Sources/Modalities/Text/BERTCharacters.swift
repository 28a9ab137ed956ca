/// How BERT's tokenizer sorts characters, by the Unicode version that its reference was built on.
///
/// Hugging Face's `tokenizers` 0.23 takes general categories and decompositions from tables of
/// Unicode 8 and white space and lower case from the current one. The vocabulary was made by such
/// tables too, so a character that came later is an ordinary letter here, whatever Unicode says
/// today; the few older characters whose category has changed since are listed.
enum BERTCharacters {
  /// White space becomes one space, and ends a word.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace
  }

  /// Controls, formats and private characters vanish, as do U+0000 and U+FFFD.
  static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": return false
    case "\0", "\u{FFFD}": return true
    default: break
    }
    guard !isPrintableASCII(scalar) else { return false }
    switch category(scalar) {
    case .control, .format, .privateUse, .surrogate: return true
    default: return false
    }
  }

  /// A punctuation mark is a word by itself; among ASCII, so are symbols like `+` and `$`.
  static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return isPrintableASCII(scalar) && scalar != " " && !scalar.properties.isAlphabetic
        && !("0"..."9" ~= scalar)
    }
    switch category(scalar) {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// The accents that `strip_accents` takes away after decomposition.
  static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
    !scalar.isASCII && category(scalar) == .nonspacingMark
  }

  /// Ideographs are words by themselves.
  ///
  /// The last range but two begins at U+2B920, not at U+2B820: the reference has it so.
  static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      return true
    default: return false
    }
  }

  /// Whether a table of Unicode 8 has the character, and so may decompose it.
  static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII || scalar.properties.age.map { $0.major <= 8 } ?? false
  }

  private static func isPrintableASCII(_ scalar: Unicode.Scalar) -> Bool {
    0x20...0x7E ~= scalar.value
  }

  /// The general category in Unicode 8.
  private static func category(_ scalar: Unicode.Scalar) -> Unicode.GeneralCategory {
    switch scalar.value {
    case 0x1734, 0x1171E: return .nonspacingMark
    case 0xA9BD: return .spacingMark
    case 0x1885, 0x1886: return .otherLetter
    case 0x166D, 0x111C9: return .otherPunctuation
    default: break
    }
    let category = scalar.properties.generalCategory
    // Private characters have no age in some tables, and have always been private.
    return category == .privateUse || isKnown(scalar) ? category : .unassigned
  }
}
