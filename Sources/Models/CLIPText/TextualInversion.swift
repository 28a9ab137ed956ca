internal import Checkpoints
public import Foundation
internal import Torch

/// Vectors that stand for a word of prompts, learned while a text encoder stayed as it was.
///
/// Gal et al. 2022, https://arxiv.org/abs/2208.01618. Files of AUTOMATIC1111's web UI
/// (`string_to_param`), of kohya's scripts (`emb_params`), of diffusers (`learned_embeds`), and of
/// SDXL (`clip_l`, `clip_g`) are read, as safetensors or as `torch.save` writes them.
public struct TextualInversion: Sendable {
  /// Which text encoder vectors are for.
  public enum Table: String, Sendable, Hashable, CaseIterable {
    /// The only one of a model.
    case sole
    /// The first one of SDXL.
    case clipL = "clip_l"
    /// The second one of SDXL.
    case clipG = "clip_g"
  }

  /// The word that prompts have for the vectors.
  public let word: String
  /// The encoders that the file has vectors for.
  public var tables: Set<Table> { Set(vectors.keys) }

  let file: String
  /// `[vectors, channels]` each, in float32.
  private let vectors: [Table: Tensor]

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - url: The file; what it is, its bytes and names say.
  ///   - word: The word for prompts; what the file says, or its name without the extension, if not
  ///     given.
  /// - Throws: `CheckpointError` if the file is not sound, ``TextualInversionError`` if it is no
  ///   embedding.
  public init(contentsOf url: URL, word: String? = nil) throws {
    let weights = try WeightsFile(contentsOf: url)
    let entries = weights.entries
    let path = url.path(percentEncoded: false)
    let (names, declared) = try Self.names(of: entries.map(\.name), weights.metadata, path)
    file = path
    self.word = word ?? declared ?? url.deletingPathExtension().lastPathComponent
    vectors = try names.mapValues { name in
      let shape = entries.first { $0.name == name }?.shape ?? []
      guard 1...2 ~= shape.count, !shape.contains(0) else {
        throw TextualInversionError.shape(file: path, tensor: name, found: shape)
      }
      let tensor = try weights.tensor(name)
      return try checked {
        let rows = tensor.converted(to: .float32).reshaped(-1, shape[shape.count - 1])
        guard rows.isFinite().all().item() != 0 else {
          throw TextualInversionError.notFinite(file: path, tensor: name)
        }
        return rows
      }
    }
  }

  /// The tensors of a file by the encoder that they are for, and the word that it declares.
  private static func names(
    of all: [String], _ texts: [String: String], _ path: String
  ) throws(TextualInversionError) -> (names: [Table: String], word: String?) {
    if Set(all) == [Table.clipL.rawValue, Table.clipG.rawValue] {
      return ([.clipL: Table.clipL.rawValue, .clipG: Table.clipG.rawValue], nil)
    }
    guard all.count == 1, let name = all.first else {
      throw .noEmbedding(file: path, found: all.sorted())
    }
    if name.hasPrefix("string_to_param.") { return ([.sole: name], texts["name"]) }
    return ([.sole: name], name == "emb_params" ? nil : name)
  }

  /// The vectors for an encoder, `[vectors, channels]`.
  ///
  /// - Parameters:
  ///   - table: Which encoder it is.
  ///   - channels: The channels of its tokens.
  ///   - limit: The most vectors that a word may have.
  /// - Returns: The vectors, in float32.
  /// - Throws: ``TextualInversionError`` if there are none that fit.
  func vectors(
    for table: Table, channels: Int, limit: Int
  ) throws(TextualInversionError) -> Tensor {
    guard let vectors = vectors[table] else {
      throw .table(file: file, expected: table, found: tables)
    }
    guard vectors.shape[1] == channels else {
      throw .channels(file: file, expected: channels, found: vectors.shape[1])
    }
    guard vectors.shape[0] <= limit else {
      throw .vectors(file: file, limit: limit, found: vectors.shape[0])
    }
    return vectors
  }
}
