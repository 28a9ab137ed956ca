internal import Checkpoints
public import Foundation
public import Layers
public import Modalities
public import Torch

/// Which of a text encoder's states condition a picture.
public struct ConditioningLayer: Sendable, Hashable, Codable {
  /// How many of the last layers are left out; what diffusers calls `clip_skip`, and one less than
  /// "clip skip" in AUTOMATIC1111's web UI.
  public var skipped: Int
  /// Whether the final normalization is applied.
  public var isNormalized: Bool

  /// The states behind all layers but the last `skipped`.
  public init(skipped: Int, isNormalized: Bool) {
    self.skipped = skipped
    self.isNormalized = isNormalized
  }

  /// Stable Diffusion 1, and 2, whose encoder lacks its last layer already.
  public static let last = ConditioningLayer(skipped: 0, isNormalized: true)
  /// Both encoders of SDXL.
  public static let penultimate = ConditioningLayer(skipped: 1, isNormalized: false)
}

/// CLIP's text encoder: prompts become the states that Stable Diffusion attends to.
///
/// It equals transformers 5.23's `CLIPTextModel` and `CLIPTextModelWithProjection` on the same
/// weights in float32 to 1e-4 of the largest state.
public struct CLIPTextEncoder: Sendable {
  /// What becomes of prompts.
  public struct Encoding: Sendable {
    /// A state for every token, `[batch, tokens, channels]`; 77 tokens a chunk.
    public let states: Tensor
    /// A vector for the whole of each prompt, projected if the encoder projects, `[batch,
    /// channels]`; for a prompt of several chunks, that of the first.
    public let pooled: Tensor
    /// Where each prompt was cut because it was too long, or `nil` if all of it is encoded.
    public let cut: [Tokens.Cut?]
  }

  /// The tokenizer.
  public internal(set) var tokenizer: CLIPTokenizer
  /// Which states are given.
  public private(set) var layer: ConditioningLayer
  var model: CLIPTextModel

  /// Reads an encoder in the layout of Hugging Face.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and `model.safetensors`, or a variant of it, whose weights, in
  ///     any dtype, are converted to the type to compute in.
  ///   - tokenizer: Its tokenizer, which diffusers keeps in another folder.
  ///   - layer: Which states to give.
  ///   - projects: Whether it is a `CLIPTextModelWithProjection`, as SDXL's second one is.
  ///   - matrices: How the factors of products are kept, and the type to compute in.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TextEncoderError` for a layer that it
  ///   lacks,
  ///   or `LoadingError` with everything in which the weights do not fit.
  public init(
    folder: URL, tokenizer: CLIPTokenizer, layer: ConditioningLayer = .last,
    projects: Bool = false, matrices: MatrixStorage = .converted
  ) throws {
    let configuration: CLIPTextConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    let file = try WeightsFile(contentsOf: weightsFile(in: folder, named: "model"))
    try self.init(
      CLIPTextModel.published(WeightSource(file)), configuration, tokenizer: tokenizer,
      layer: layer, projects: projects, matrices: matrices)
  }

  /// An encoder over weights by transformers' names, which are converted to float32.
  package init(
    _ weights: WeightSource, _ configuration: CLIPTextConfiguration, tokenizer: CLIPTokenizer,
    layer: ConditioningLayer, projects: Bool, matrices: MatrixStorage = .converted
  ) throws {
    let layers = 0...configuration.numHiddenLayers
    try Self.check(layer, of: layers)
    self.tokenizer = tokenizer
    self.layer = layer
    model = try ParameterStore(
      loading: weights.leavingOut(CLIPTextModel.unusedNames), dtype: matrices.dtype,
      matrices: matrices
    ).network { CLIPTextModel($0, configuration, projects: projects) }
  }

  /// The same encoder without so many more of its last layers.
  ///
  /// - Throws: `TextEncoderError` for a layer that it lacks.
  public func skipping(_ count: Int) throws(TextEncoderError) -> CLIPTextEncoder {
    var other = self
    other.layer.skipped += count
    try Self.check(other.layer, of: 0...model.configuration.numHiddenLayers)
    return other
  }

  /// The channels of a state.
  public var channels: Int { model.configuration.hiddenSize }

  /// The channels of a vector for the whole of a prompt.
  public var pooledChannels: Int {
    model.projection == nil ? model.configuration.hiddenSize : model.configuration.projectionDim
  }

  /// The tokens of a chunk, with those that mark its beginning and its end.
  public var chunkLength: Int { model.configuration.maxPositionEmbeddings }

  /// The states of prompts in which nothing has a meaning, each cut or filled up to one chunk, as
  /// diffusers' pipelines encode them.
  ///
  /// - Parameter prompts: Texts; at least one.
  /// - Returns: The states, the pooled vectors and what was cut.
  /// - Throws: A `TorchError`.
  public func encode(_ prompts: [String]) throws -> Encoding {
    let tokens = prompts.map { tokenizer.encode($0, maximumLength: chunkLength) }
    let rows = tokens.map { tokenizer.pad($0, to: chunkLength).ids }
    return try checked {
      withoutGradients {
        let output = run(rows)
        return Encoding(
          states: states(output), pooled: pooled(output), cut: tokens.map(\.cut))
      }
    }
  }

  /// The states of a prompt with weights, of any length, as AUTOMATIC1111's web UI encodes it.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - emphasis: How weights act.
  /// - Returns: The states, `[1, 77 · chunks, channels]`, and the pooled vector of the first
  ///   chunk.
  /// - Throws: A `TorchError`.
  public func encode(
    _ prompt: EmphasizedPrompt, emphasis: PromptEmphasis = .restoringMean
  ) throws -> Encoding {
    let chunks = tokenizer.chunks(of: prompt, length: chunkLength - 2)
    return try checked {
      withoutGradients {
        let output = run(chunks.map(\.ids))
        let all = states(output)
        let weighted = chunks.enumerated().map { row, chunk in
          emphasis(
            all.narrowed(dim: 0, start: row, length: 1),
            weights: Tensor(chunk.weights.map(Float.init), shape: [1, chunkLength]))
        }
        return Encoding(
          states: weighted.concatenated(dim: 1),
          pooled: pooled(output).narrowed(dim: 0, start: 0, length: 1), cut: [nil])
      }
    }
  }

  private static func check(
    _ layer: ConditioningLayer, of layers: ClosedRange<Int>
  ) throws(TextEncoderError) {
    guard layers ~= layer.skipped else {
      throw .layer(expected: layers, found: layer.skipped)
    }
  }

  /// What the model makes of rows of as many tokens as a chunk has.
  func run(_ rows: [[Int]], mask: Tensor? = nil) -> CLIPTextModel.Output {
    model(Tensor(rows.flatMap { $0 }, shape: [rows.count, chunkLength]), mask: mask)
  }

  /// The states of ``layer``.
  func states(_ output: CLIPTextModel.Output) -> Tensor {
    model.states(output, skipping: layer.skipped, isNormalized: layer.isNormalized)
  }

  private func pooled(_ output: CLIPTextModel.Output) -> Tensor {
    output.projected ?? output.pooled
  }
}

extension CLIPTextModel {
  /// Weights under the names of published checkpoints: transformers 5 writes those of a model that
  /// does not project without `text_model`.
  package static func published(_ weights: WeightSource) -> WeightSource {
    let prefix = "text_model."
    guard !weights.names.contains(where: { $0.hasPrefix(prefix) }) else { return weights }
    func stored(_ name: String) -> String { String(name.dropFirst(prefix.count)) }
    return WeightSource(
      names: weights.names.map { prefix + $0 }, release: { weights.release(stored($0)) },
      tensor: { try weights.tensor(stored($0)) })
  }
}
