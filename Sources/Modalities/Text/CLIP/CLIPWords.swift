internal import Foundation

/// CLIP's way from a text to words: composed, in lower case, and split at what is not a letter.
///
/// The steps are those that transformers 5.23 gives to `tokenizers`: NFC, white space to spaces,
/// lower case, and words by a regular expression.
enum CLIPWords {
  /// Composes the characters of a part of a text and lowers their case.
  ///
  /// - Parameter scalars: A part of a text without white space; its indices are the sources.
  /// - Returns: The characters, each with its source.
  static func normalized(_ scalars: ArraySlice<Unicode.Scalar>) -> [SourcedScalar] {
    var composed: [SourcedScalar] = []
    composed.reserveCapacity(scalars.count)
    var start = scalars.startIndex
    while start < scalars.endIndex {
      var end = start + 1
      if BERTCharacters.isKnown(scalars[start]) {
        while end < scalars.endIndex, CLIPCharacters.joins(scalars[end]) { end += 1 }
      }
      for scalar in self.composed(scalars[start..<end]) {
        if let last = composed.last?.scalar, let syllable = CLIPCharacters.syllable(last, scalar) {
          composed[composed.count - 1] = SourcedScalar(
            scalar: syllable, source: composed[composed.count - 1].source)
        } else {
          composed.append(SourcedScalar(scalar: scalar, source: start))
        }
      }
      start = end
    }
    return composed.flatMap(\.lowercased)
  }

  /// Canonical composition (NFC) of a character and the marks on it, but for Hangul; characters
  /// that came after Unicode 8 stay as they are.
  private static func composed(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    guard let first = scalars.first, BERTCharacters.isKnown(first) else { return Array(scalars) }
    if scalars.count == 1 && CLIPCharacters.isComposed(first) { return [first] }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return Array(String(text).precomposedStringWithCanonicalMapping.unicodeScalars)
  }

  /// The words of a normalized text without white space: runs of letters, single numerals, runs of
  /// anything else, and English contractions.
  ///
  /// - Parameter scalars: Normalized.
  /// - Returns: The indices of each word.
  static func words(_ scalars: ArraySlice<SourcedScalar>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let rest = scalars[start...]
      if let mark = mark(rest) {
        // A mark that the vocabulary does not set apart is three words: `<|`, its name and `|>`.
        let end = start + mark.count
        words += [start..<start + 2, start + 2..<end - 2, end - 2..<end]
      } else {
        words.append(start..<start + wordLength(rest))
      }
      start = words.last?.upperBound ?? scalars.endIndex
    }
    return words
  }

  private static func wordLength(_ scalars: ArraySlice<SourcedScalar>) -> Int {
    guard let first = scalars.first?.scalar else { return 0 }
    if first == "'", let contraction = contractions.first(where: { isPrefix($0, scalars) }) {
      return contraction.count
    }
    let kind = CLIPCharacters.kind(first)
    guard kind != .number else { return 1 }
    return scalars.prefix { CLIPCharacters.kind($0.scalar) == kind }.count
  }

  private static func mark(_ scalars: ArraySlice<SourcedScalar>) -> [Unicode.Scalar]? {
    guard scalars.first?.scalar == "<" else { return nil }
    return marks.first { isPrefix($0, scalars) }
  }

  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
    .map { Array($0.unicodeScalars) }
  private static let marks = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.unicodeScalars) }

  private static func isPrefix(
    _ prefix: [Unicode.Scalar], _ scalars: ArraySlice<SourcedScalar>
  ) -> Bool {
    scalars.count >= prefix.count && zip(scalars, prefix).allSatisfy { $0.scalar == $1 }
  }
}
