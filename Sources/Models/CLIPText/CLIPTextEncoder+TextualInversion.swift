internal import Layers
internal import Modalities
internal import Torch

extension CLIPTextEncoder {
  /// The encoder with one more word, whose states are those of diffusers 0.42.1 after
  /// `load_textual_inversion`.
  ///
  /// Two things differ. A word of several vectors has all of them however its letters are written,
  /// where diffusers takes the first alone if their case is another. And a text is pooled at its
  /// end, where transformers pools at the word if the configuration is an older one (``pooled`` in
  /// ``Encoding``, which Stable Diffusion 1 and 2 do not use).
  ///
  /// - Parameters:
  ///   - inversion: The word and its vectors, of ``channels`` each and at most two fewer than
  ///     ``chunkLength``.
  ///   - table: Which of the file's vectors are for this encoder.
  /// - Returns: The encoder with the word.
  /// - Throws: ``TextualInversionError`` if the vectors do not fit, `TokenizerError` if the word
  ///   cannot be added, or a `TorchError`.
  public func adding(
    _ inversion: TextualInversion, _ table: TextualInversion.Table = .sole
  ) throws -> CLIPTextEncoder {
    let vectors = try inversion.vectors(
      for: table, channels: channels, limit: chunkLength - 2)
    let first = model.embeddings.tokens.count
    var more = self
    more.tokenizer = try tokenizer.adding(
      inversion.word, ids: first..<first + vectors.shape[0])
    more.model = try checked { model.appending(vectors) }
    return more
  }
}
