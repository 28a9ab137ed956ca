public import Foundation

/// CLIP's tokenizer: words in lower case, as byte pairs that a vocabulary has.
///
/// Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020. It gives the numbers of
/// transformers 5.23's `CLIPTokenizer`, which diffusers 0.42.1 loads; that class has Hugging Face's
/// `tokenizers` inside. The slow class of transformers 4 was another: without ftfy it dropped
/// control characters, set ideographs apart, and knew the Greek final sigma, in all of which it
/// differs.
///
/// A token that the files of a model declare special is found wherever it is spelled out. SDXL's
/// second tokenizer pads with `!` and so reads every `!` of a prompt as padding, as the reference
/// does.
public struct CLIPTokenizer: Sendable {
  let vocabulary: CLIPVocabulary
  private let special: CLIPSpecials

  /// The number of the mark at the beginning of a text.
  public var start: Int { vocabulary.start }
  /// The number of the mark at the end of a text.
  public var end: Int { vocabulary.end }
  /// The number that fills a text up to a length.
  public var padding: Int { vocabulary.padding }

  /// The tokenizer that OpenAI published, which pads with its mark of the end.
  ///
  /// Its vocabulary is part of the library, for checkpoints of a single file bring none.
  public init() {
    self.init(.published)
  }

  /// Reads a tokenizer in the layout of Hugging Face.
  ///
  /// - Parameter folder: Holds `tokenizer.json`, or `vocab.json` and `merges.txt`; which tokens are
  ///   special is in `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, as
  ///   far as they are there.
  /// - Throws: `TokenizerError` if a file cannot be read, or describes another kind of tokenizer.
  public init(folder: URL) throws(TokenizerError) {
    self.init(try CLIPFiles(folder: folder).vocabulary())
  }

  /// The published tokenizer with another number for padding, as single files need it: 0, which is
  /// `!`, for the second text encoder of SDXL and the one of Stable Diffusion 2.
  ///
  /// - Parameter padding: A number of the vocabulary. Unlike a tokenizer whose files declare it,
  ///   this
  ///   one does not look for the token in texts.
  public init(padding: Int) {
    let published = CLIPVocabulary.published
    self.init(
      CLIPVocabulary(
        pairs: published.pairs, start: published.start, end: published.end, padding: padding,
        specials: published.specials))
  }

  init(_ vocabulary: CLIPVocabulary) {
    self.vocabulary = vocabulary
    special = CLIPSpecials(vocabulary.specials)
  }

  /// The numbers of a text, between those of its beginning and its end.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - maximumLength: The most numbers to give, those two included; at least 2. CLIP's text
  ///     encoders take 77.
  /// - Returns: The numbers, and where the text was cut if it has more than that.
  public func encode(_ text: String, maximumLength: Int) -> Tokens {
    precondition(maximumLength >= 2, "a text needs room for its beginning and its end")
    let pieces = pieces(of: text, enough: maximumLength - 1)
    return Tokens(
      pieces, of: text, from: start, to: end, maximumLength: maximumLength)
  }

  /// The numbers of a text of any length, without those of its beginning and its end.
  public func ids(of text: String) -> [Int] {
    pieces(of: text).map(\.id)
  }

  /// The numbers of a text, of which those of an added word stand together.
  package func groups(of text: String) -> [ArraySlice<Int>] {
    var rest = ids(of: text)[...]
    var groups: [ArraySlice<Int>] = []
    while let first = rest.first {
      let group = rest.prefix(special.counts[first] ?? 1)
      groups.append(group)
      rest = rest.dropFirst(group.count)
    }
    return groups
  }

  /// Whether a token ends a word, so that a text may be parted behind it.
  package func endsWord(_ id: Int) -> Bool {
    vocabulary.pairs.wordEnds.contains(id)
  }

  /// Fills tokens up to a length with ``padding``.
  ///
  /// - Parameters:
  ///   - tokens: Tokens, no more of them than `length`.
  ///   - length: The length of the result.
  /// - Returns: The numbers and where they are text.
  public func pad(_ tokens: Tokens, to length: Int) -> PaddedTokens {
    tokens.padded(to: length, with: padding)
  }
}

extension CLIPTokenizer {
  /// The tokens of a text, and no more once there are `enough`.
  func pieces(of text: String, enough: Int = .max) -> [TokenPiece] {
    let scalars = Array(text.unicodeScalars)
    var pieces: [TokenPiece] = []
    var partStart = 0
    var position = 0
    func endPart(next: Int) {
      if partStart < position { appendPart(scalars[partStart..<position], to: &pieces) }
      position = next
      partStart = next
    }
    while position < scalars.count && pieces.count < enough {
      let rest = scalars[position...]
      if let special = special.raw.first(where: { rest.starts(with: $0.scalars) }) {
        let place = position
        endPart(next: position + special.scalars.count)
        pieces += special.pieces(at: place)
      } else if CLIPCharacters.isSpace(scalars[position]) {
        endPart(next: position + 1)
      } else {
        position += 1
      }
    }
    if pieces.count < enough { endPart(next: scalars.count) }
    return pieces
  }

  /// Appends the tokens of a part of a text that has neither white space nor special tokens.
  private func appendPart(_ scalars: ArraySlice<Unicode.Scalar>, to pieces: inout [TokenPiece]) {
    let text = CLIPWords.normalized(scalars)
    var start = 0
    var position = 0
    while position < text.count {
      let rest = text[position...].lazy.map(\.scalar)
      if let special = special.normalized.first(where: { rest.starts(with: $0.scalars) }) {
        appendWords(text[start..<position], to: &pieces)
        pieces += special.pieces(at: text[position].source)
        position += special.scalars.count
        start = position
      } else {
        position += 1
      }
    }
    appendWords(text[start...], to: &pieces)
  }

  private func appendWords(_ text: ArraySlice<SourcedScalar>, to pieces: inout [TokenPiece]) {
    for word in CLIPWords.words(text) {
      var bytes: [UInt8] = []
      var sources: [Int] = []
      for character in text[word] {
        bytes += character.scalar.utf8
        sources += Array(repeating: character.source, count: bytes.count - sources.count)
      }
      pieces += vocabulary.pairs(bytes).map { TokenPiece(id: $0.id, source: sources[$0.start]) }
    }
  }
}
