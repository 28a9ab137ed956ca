internal import Checkpoints
internal import Files
internal import Foundation
internal import Modalities
internal import Torch

/// What is said of the pictures of a set, as tokens of no more words than it takes.
struct CaptionTexts {
  /// The numbers of the pictures whose text is not too long.
  let fitting: [Int]

  /// What names these numbers.
  var fittingName: String { FileHash.sha256(ofTexts: fitting.map { "\($0)" }) }

  /// The tokens of their texts, its end and padding, `[fitting.count, maximumTokens]`, `int64`.
  let tokens: Tensor
  /// The words of all texts.
  let vocabulary: WordPieceSubset
  /// Takes texts apart into these words.
  let tokenizer: WordPieceTokenizer
  /// The special tokens.
  let spelling: WordPieceSpelling

  /// Takes the texts apart.
  ///
  /// - Parameters:
  ///   - set: The pictures.
  ///   - words: What is said of a picture.
  ///   - encoder: The folder of the text encoder whose words they are.
  ///   - maximumTokens: The most tokens of a text, its end included.
  ///   - cache: Where the smaller tokenizer is kept.
  ///   - report: Told how many pictures are left out.
  /// - Throws: ``TrainingDataError``, or what is wrong with the tokenizer.
  init(
    of set: PictureSet, _ words: PictureToTextTraining.Words, encoder: URL, maximumTokens: Int,
    cache: URL, report: (TrainingReport) -> Void
  ) throws {
    let texts = try set.records.map { try words.said(of: $0) }
    vocabulary = try WordPieceSubset(
      of: encoder.appending(path: "tokenizer.json"), for: texts)
    let file = cache.appending(path: "tokenizer.json")
    try Folder.make(cache)
    try AtomicFile.write(vocabulary.file, to: file)
    spelling = try WordPieceSpelling(contentsOf: file)
    tokenizer = try WordPieceTokenizer(contentsOf: file)
    let rows = CaptionTokens(tokenizer: tokenizer, length: maximumTokens)
    let ids = texts.map { rows.ids(of: $0) }
    fitting = ids.indices.filter { ids[$0] != nil }
    guard !fitting.isEmpty else { throw TrainingDataError.texts(longest: maximumTokens) }
    if fitting.count < ids.count {
      report(
        .note(
          "\(ids.count - fitting.count) pictures are left out, whose text has more than "
            + "\(maximumTokens) tokens"))
    }
    tokens = Tensor(
      fitting.flatMap { ids[$0] ?? [] }, shape: [fitting.count, maximumTokens])
  }
}

/// The tokens of a caption as the network says them: the text's, its end, and padding.
struct CaptionTokens {
  let tokenizer: WordPieceTokenizer
  let length: Int

  /// The numbers of a text, or nothing if it is too long.
  func ids(of text: String) -> [Int]? {
    let whole = tokenizer.encode(text, maximumLength: length + 2)
    // [CLS] begins no caption.
    let ids = Array(whole.ids.dropFirst())
    guard whole.cut == nil, ids.count <= length else { return nil }
    return ids + [Int](repeating: tokenizer.padding, count: length - ids.count)
  }
}
