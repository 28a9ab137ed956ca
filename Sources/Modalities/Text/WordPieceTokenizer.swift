public import Foundation

/// BERT's tokenizer: words, and the longest pieces of words that a vocabulary has.
///
/// Wu et al. 2016, "Google's Neural Machine Translation System", section 4.1, as Devlin et al. 2018
/// use it. It gives the numbers that Hugging Face's `tokenizers` gives for the same file.
public struct WordPieceTokenizer: Sendable {
  /// The number of `[PAD]`.
  public let padding: Int

  private let start: Int
  private let end: Int
  private let unknown: Int
  private let vocabulary: Vocabulary
  private let continuation: Vocabulary.Node?
  private let longestWord: Int
  private let normalizer: BERTNormalizer
  private let addedTokens: [(scalars: [Unicode.Scalar], id: Int)]

  /// Reads a Hugging Face `tokenizer.json` whose model is WordPiece.
  ///
  /// - Parameter url: The file.
  /// - Throws: `TokenizerError` if it cannot be read, or describes another kind of tokenizer.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let file = try WordPieceFile.read(url)
    func identifier(_ token: String) throws(TokenizerError) -> Int {
      let added = file.addedTokens.first { $0.content == token }?.id
      guard let found = added ?? file.model.vocab[token] else {
        throw .missingToken(file: url.path(percentEncoded: false), token: token)
      }
      return found
    }
    padding = try identifier("[PAD]")
    start = try identifier("[CLS]")
    end = try identifier("[SEP]")
    unknown = try identifier(file.model.unkToken)
    vocabulary = Vocabulary(file.model.vocab)
    continuation = vocabulary.node(file.model.continuingSubwordPrefix)
    longestWord = file.model.maxInputCharsPerWord
    normalizer = BERTNormalizer(
      cleansText: file.normalizer.cleanText,
      separatesIdeographs: file.normalizer.handleChineseChars,
      stripsAccents: file.normalizer.stripAccents ?? file.normalizer.lowercase,
      lowercases: file.normalizer.lowercase)
    addedTokens = file.addedTokens.map { (Array($0.content.unicodeScalars), $0.id) }
      .sorted { $0.scalars.count > $1.scalars.count }
  }

  /// The numbers of a text, with `[CLS]` before and `[SEP]` after.
  ///
  /// - Parameters:
  ///   - text: Any text; special tokens such as `[MASK]` count when they are spelled out in it.
  ///   - maximumLength: The most numbers to give, those two included; at least 2.
  /// - Returns: The numbers, and where the text was cut if it has more than that.
  public func encode(_ text: String, maximumLength: Int) -> Tokens {
    precondition(maximumLength >= 2, "a text needs room for [CLS] and [SEP]")
    let pieces = pieces(of: Array(text.unicodeScalars), enough: maximumLength - 1)
    return Tokens(pieces, of: text, from: start, to: end, maximumLength: maximumLength)
  }

  /// What a text has that the vocabulary has no pieces for, and special tokens that are spelled
  /// out in it, as they stand there.
  package func unreadable(in text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return unreadable(in: scalars).map { String(String.UnicodeScalarView(scalars[$0])) }
  }

  /// A text without what is ``unreadable(in:)``.
  package func readable(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    let left = unreadable(in: scalars)
    let kept = scalars.indices.map { index in
      left.contains { $0.contains(index) } ? " " : Character(scalars[index])
    }
    return String(kept).split(separator: " ").joined(separator: " ")
  }

  /// The places of what is not read, without white space around it.
  private func unreadable(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
    let pieces = pieces(of: scalars, enough: .max)
    let special = Set(addedTokens.map(\.id)).union([unknown, padding, start, end])
    return pieces.indices.filter { special.contains(pieces[$0].id) }.map { index in
      let next = pieces[(index + 1)...].first { $0.source > pieces[index].source }
      let range = pieces[index].source..<(next?.source ?? scalars.count)
      let length = scalars[range].reversed().drop { BERTCharacters.isSpace($0) }.count
      return range.lowerBound..<range.lowerBound + length
    }
  }

  /// Fills tokens up to a length with `[PAD]`.
  ///
  /// - Parameters:
  ///   - tokens: Tokens, no more of them than `length`.
  ///   - length: The length of the result.
  /// - Returns: The numbers and where they are text.
  public func pad(_ tokens: Tokens, to length: Int) -> PaddedTokens {
    tokens.padded(to: length, with: padding)
  }
}

extension WordPieceTokenizer {
  /// The numbers of a text, without `[CLS]` and `[SEP]`, and no more once there are `enough`.
  func pieces(of text: [Unicode.Scalar], enough: Int) -> [TokenPiece] {
    var pieces: [TokenPiece] = []
    var partStart = 0
    var position = 0
    while position < text.count && pieces.count < enough {
      if BERTCharacters.isSpace(text[position]) && !BERTCharacters.isRemoved(text[position]) {
        append(text[partStart..<position], to: &pieces)
        partStart = position
      }
      guard let added = addedToken(in: text, at: position) else {
        position += 1
        continue
      }
      append(text[partStart..<position], to: &pieces)
      pieces.append(TokenPiece(id: added.id, source: position))
      position += added.scalars.count
      partStart = position
    }
    if pieces.count < enough { append(text[partStart...], to: &pieces) }
    return pieces
  }

  private func addedToken(
    in text: [Unicode.Scalar], at position: Int
  ) -> (scalars: [Unicode.Scalar], id: Int)? {
    addedTokens.first {
      text[position] == $0.scalars.first && text[position...].starts(with: $0.scalars)
    }
  }

  /// Appends the numbers of a part of a text that holds no special token.
  ///
  /// Parts end at white space, which no step of the normalizer looks across. The vertical tab and
  /// its like are white space too, but cleaning removes them, and so they end nothing.
  private func append(_ text: ArraySlice<Unicode.Scalar>, to pieces: inout [TokenPiece]) {
    let normalized = normalizer(text)
    var wordStart = 0
    func endWord(_ end: Int) {
      if wordStart < end { appendWord(normalized[wordStart..<end], to: &pieces) }
      wordStart = end
    }
    for (position, piece) in normalized.enumerated() {
      if BERTCharacters.isSpace(piece.scalar) {
        endWord(position)
        wordStart = position + 1
      } else if BERTCharacters.isPunctuation(piece.scalar) {
        endWord(position)
        endWord(position + 1)
      }
    }
    endWord(normalized.count)
  }

  /// Appends the longest pieces that spell a word, or `[UNK]` if none do.
  private func appendWord(_ word: ArraySlice<SourcedScalar>, to pieces: inout [TokenPiece]) {
    let spelling = word.count <= longestWord ? spelled(word) : nil
    pieces += spelling ?? [TokenPiece(id: unknown, source: word[word.startIndex].source)]
  }

  private func spelled(_ word: ArraySlice<SourcedScalar>) -> [TokenPiece]? {
    var pieces: [TokenPiece] = []
    var rest = word
    var root: Vocabulary.Node? = .root
    while let first = rest.first {
      guard let node = root, let longest = longestPiece(rest, from: node) else { return nil }
      pieces.append(TokenPiece(id: longest.id, source: first.source))
      rest = rest.dropFirst(longest.count)
      root = continuation
    }
    return pieces
  }

  private func longestPiece(
    _ word: ArraySlice<SourcedScalar>, from root: Vocabulary.Node
  ) -> (id: Int, count: Int)? {
    var longest: (id: Int, count: Int)?
    var node = root
    for (offset, piece) in word.enumerated() {
      guard let next = vocabulary.child(of: node, piece.scalar) else { break }
      node = next
      if let id = vocabulary.identifier(at: node) { longest = (id, offset + 1) }
    }
    return longest
  }
}
