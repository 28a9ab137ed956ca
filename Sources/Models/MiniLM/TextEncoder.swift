public import Foundation
public import Modalities
public import Torch

/// A frozen text encoder: prompts become states that a denoiser attends to.
///
/// It is all-MiniLM-L6-v2 or another BERT encoder with a WordPiece tokenizer, and equals what
/// transformers makes of the same weights in float32 to 1e-5.
public struct TextEncoder: Sendable {
  /// What becomes of prompts.
  public struct Encoding: Sendable {
    /// A state for every token, `[batch, maximumTokens, channels]`, float32; zeros for padding.
    public let states: Tensor
    /// 1 for a token of the prompt and 0 for padding, `[batch, maximumTokens]`, float32.
    public let mask: Tensor
    /// Where each prompt was cut because it was too long, or `nil` if all of it is encoded.
    public let cut: [Tokens.Cut?]
  }

  private let tokenizer: WordPieceTokenizer
  private let network: BERTEncoder

  /// Reads an encoder in the layout of Hugging Face.
  ///
  /// - Parameter folder: Holds `config.json`, `tokenizer.json` and `model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `TokenizerError`, `CheckpointError`, or `LoadingError` with
  ///   everything in which the weights do not fit.
  public init(folder: URL) throws {
    self.init(tokenizer: try Self.tokenizer(in: folder), network: try BERTEncoder(folder: folder))
  }

  /// An encoder of two parts that were read, perhaps at the same time.
  package init(tokenizer: WordPieceTokenizer, network: BERTEncoder) {
    self.tokenizer = tokenizer
    self.network = network
  }

  /// Reads the tokenizer of an encoder in the layout of Hugging Face.
  package static func tokenizer(in folder: URL) throws(TokenizerError) -> WordPieceTokenizer {
    try WordPieceTokenizer(contentsOf: folder.appending(path: "tokenizer.json"))
  }

  /// The file of the weights of an encoder in the layout of Hugging Face.
  package static func weights(in folder: URL) -> URL {
    folder.appending(path: "model.safetensors")
  }

  /// The files of a folder on which an encoder's states depend.
  package static func files(in folder: URL) -> [URL] {
    ["config.json", "tokenizer.json"].map { folder.appending(path: $0) } + [weights(in: folder)]
  }

  /// The channels of a state.
  public var channels: Int { network.configuration.hiddenSize }

  /// The most tokens of a prompt, with those that mark its beginning and its end.
  public var longestPrompt: Int { network.configuration.maxPositionEmbeddings }

  /// The states of prompts.
  ///
  /// A prompt's states depend neither on the other prompts nor on `maximumTokens`, but for the
  /// rounding of float32: products of other sizes add in another order, which makes a difference
  /// below a millionth of the largest state.
  ///
  /// - Parameters:
  ///   - prompts: Texts; the empty one has two tokens as well, those of its beginning and end.
  ///   - maximumTokens: The tokens that a prompt is filled up or cut to, 2 … ``longestPrompt``.
  /// - Returns: The states, the mask, and what was cut.
  /// - Throws: `TextEncoderError` for another length, or a `TorchError`.
  public func encode(_ prompts: [String], maximumTokens: Int = 32) throws -> Encoding {
    let tokens = try tokens(of: prompts, maximumTokens: maximumTokens)
    let (states, mask) = try checked {
      withoutGradients {
        let (states, mask) = run(tokens)
        let missing = maximumTokens - mask.shape[1]
        return (states.padded([0, 0, 0, missing]), mask.padded([0, missing]))
      }
    }
    return Encoding(states: states, mask: mask, cut: tokens.map(\.cut))
  }

  /// The words of a prompt, and which of its tokens each became.
  package func words(of prompt: String, maximumTokens: Int) -> [TokenWord] {
    tokenizer.words(of: prompt, maximumLength: maximumTokens)
  }

  /// The directions of sentences, for telling how alike they are.
  ///
  /// - Parameters:
  ///   - sentences: Texts.
  ///   - maximumTokens: The tokens that count at most, 2 … ``longestPrompt``; the published model
  ///     is made for 256.
  /// - Returns: `[batch, channels]`, each of length 1: the product of two, in [-1, 1], is their
  ///   likeness.
  /// - Throws: `TextEncoderError` for another length, or a `TorchError`.
  public func embed(_ sentences: [String], maximumTokens: Int = 256) throws -> Tensor {
    let tokens = try tokens(of: sentences, maximumTokens: maximumTokens)
    return try checked {
      withoutGradients {
        let (states, mask) = run(tokens)
        return sentenceEmbedding(states, mask: mask)
      }
    }
  }

  private func tokens(of texts: [String], maximumTokens: Int) throws -> [Tokens] {
    guard (2...longestPrompt).contains(maximumTokens) else {
      throw TextEncoderError.length(expected: 2...longestPrompt, found: maximumTokens)
    }
    return texts.map { tokenizer.encode($0, maximumLength: maximumTokens) }
  }

  /// The states, zeros for padding, and the mask of tokens brought to the length of the longest.
  private func run(_ tokens: [Tokens]) -> (states: Tensor, mask: Tensor) {
    guard let longest = tokens.map(\.ids.count).max() else {
      return (.zeros([0, 2, channels]), .zeros([0, 2]))
    }
    let shape = [tokens.count, longest]
    let padded = tokens.map { tokenizer.pad($0, to: longest) }
    let ids = Tensor(padded.flatMap(\.ids), shape: shape)
    let mask = Tensor(padded.flatMap(\.mask), shape: shape).converted(to: .float32)
    return (network(ids, mask: mask) * mask.unsqueezed(-1), mask)
  }
}

/// What is wrong with what is asked of a ``TextEncoder`` or a ``CLIPTextEncoder``.
public enum TextEncoderError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A number of tokens that no prompt can be brought to.
  case length(expected: ClosedRange<Int>, found: Int)
  /// A number of layers to leave out that the encoder does not have.
  case layer(expected: ClosedRange<Int>, found: Int)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .length(let expected, let found):
      "tokens of a prompt: expected \(expected.lowerBound) to \(expected.upperBound), "
        + "found \(found)"
    case .layer(let expected, let found):
      "layers of the text encoder to leave out: expected \(expected.lowerBound) to "
        + "\(expected.upperBound), found \(found)"
    }
  }
}
