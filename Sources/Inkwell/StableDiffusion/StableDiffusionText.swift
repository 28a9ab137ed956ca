internal import Modalities
internal import Models
internal import Torch

/// A prompt as Stable Diffusion's denoiser takes it.
struct StableDiffusionPrompt: Sendable {
  /// The states of every token, `[1, tokens, channels]`; 77 tokens a chunk.
  let states: Tensor
  /// The vector of the whole prompt, `[1, channels]` (SDXL).
  let pooled: Tensor?
}

/// CLIP's text encoder, or two whose states are joined.
struct StableDiffusionText: Sendable {
  /// The encoders, in the order in which their states are joined.
  var encoders: [CLIPTextEncoder]
  /// Whether the states are those of SDXL, not normalized, with a vector of the whole prompt.
  let isXL: Bool
  /// Whether no negative prompt means zeros.
  let forcesZeros: Bool
  /// Whether prompts have a vector of the whole.
  let givesPooled: Bool

  /// The channels of a token's state.
  var channels: Int { encoders.reduce(0) { $0 + $1.channels } }

  /// The channels of the vector of the whole prompt.
  var pooledChannels: Int { encoders.last?.pooledChannels ?? 0 }

  /// Encodes a prompt that is the same in all steps of a run.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - role: What it is for.
  ///   - skipped: How many of the last layers are left out besides; diffusers' `clip_skip`, which
  ///     leaves negative prompts alone.
  ///   - syntax: How the signs of the prompt are read.
  /// - Returns: The prompt, and where it was cut.
  /// - Throws: `TextEncoderError` for a layer that is not there, `PromptError` for a prompt that
  ///   cannot be read, or a `TorchError`.
  func encode(
    _ prompt: String, as role: Generate.Cut.Role, skipping skipped: Int = 0,
    syntax: Generate.PromptSyntax = .plain
  ) throws -> (prompt: StableDiffusionPrompt, cuts: [Generate.Cut]) {
    // diffusers' pipelines leave negative prompts alone; the web UI and compel do not.
    let skipped = role == .negative && syntax == .plain ? 0 : skipped
    let encodings = try encoders.map { encoder in
      try Self.encoding(of: prompt, by: encoder.skipping(skipped), syntax)
    }
    let cut = encodings.lazy.flatMap(\.cut).compactMap { $0 }.first
    let isZero = isXL && forcesZeros && role == .negative && prompt.isEmpty
    let factor = isZero ? 0.0 : 1.0
    let states = encodings.map(\.states).concatenated(dim: 2)
    let whole = StableDiffusionPrompt(
      states: states * factor, pooled: givesPooled ? encodings.last.map { $0.pooled * factor } : nil
    )
    return (whole, cut.map { [Generate.Cut($0, of: role)] } ?? [])
  }

  private static func encoding(
    of prompt: String, by encoder: CLIPTextEncoder, _ syntax: Generate.PromptSyntax
  ) throws -> CLIPTextEncoder.Encoding {
    switch syntax {
    case .plain: try encoder.encode([prompt])
    case .a1111: try encoder.encode(EmphasizedPrompt(prompt))
    case .compel: try encoder.encode(CompelPrompt(prompt))
    }
  }

  /// The encoders with more words.
  ///
  /// - Throws: `TextualInversionError` for vectors that do not fit.
  func adding(_ words: [TextualInversion]) throws -> StableDiffusionText {
    // The refiner has the second of SDXL's encoders alone.
    let tables: [TextualInversion.Table] =
      isXL ? Array([.clipL, .clipG].suffix(encoders.count)) : [.sole]
    var more = self
    for word in words {
      more.encoders = try zip(more.encoders, tables).map { try $0.adding(word, $1) }
    }
    return more
  }
}
