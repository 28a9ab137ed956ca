extension CLIPTokenizer {
  /// The tokenizer with one more word, which stands for numbers of its own.
  ///
  /// The word is found in any case and within others, as a token that is added to transformers'
  /// tokenizer is. As in diffusers, `word_1` stands for the second of its numbers alone, and so on.
  ///
  /// - Parameters:
  ///   - word: A text without white space that is not one token already.
  ///   - ids: Its numbers; at least one.
  /// - Returns: The tokenizer with the word.
  /// - Throws: `TokenizerError.word` if the word cannot be added.
  public func adding(_ word: String, ids: Range<Int>) throws(TokenizerError) -> CLIPTokenizer {
    precondition(!ids.isEmpty, "a word stands for at least one number")
    guard !word.isEmpty, !word.unicodeScalars.contains(where: CLIPCharacters.isSpace) else {
      throw .word(word, expected: "characters without white space")
    }
    guard self.ids(of: word).count > 1 else {
      throw .word(word, expected: "a word that is not a token already")
    }
    let spelling = CLIPSpecials.normalized(word)
    guard !vocabulary.specials.contains(where: { CLIPSpecials.normalized($0.content) == spelling })
    else { throw .word(word, expected: "a word that was not added before") }
    var vocabulary = vocabulary
    vocabulary.specials.append(
      .init(content: word, id: ids.lowerBound, isNormalized: true, count: ids.count))
    vocabulary.specials += ids.dropFirst().map { id in
      .init(content: "\(word)_\(id - ids.lowerBound)", id: id, isNormalized: true)
    }
    return CLIPTokenizer(vocabulary)
  }
}
