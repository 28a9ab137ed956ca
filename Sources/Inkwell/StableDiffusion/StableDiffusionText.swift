internal import Modalities
internal import Models
internal import Torch

/// A prompt as Stable Diffusion's denoiser takes it.
struct StableDiffusionPrompt: Sendable {
  /// The states of every token, `[1, 77, channels]`.
  let states: Tensor
  /// The vector of the whole prompt, `[1, channels]` (SDXL).
  let pooled: Tensor?
}

/// CLIP's text encoder, or two whose states are joined.
struct StableDiffusionText: Sendable {
  /// The encoders, in the order in which their states are joined.
  let encoders: [CLIPTextEncoder]
  /// Whether the states are those of SDXL, not normalized, with a vector of the whole prompt.
  let isXL: Bool
  /// Whether no negative prompt means zeros.
  let forcesZeros: Bool

  /// The channels of a token's state.
  var channels: Int { encoders.reduce(0) { $0 + $1.channels } }

  /// The channels of the vector of the whole prompt.
  var pooledChannels: Int { encoders.last?.pooledChannels ?? 0 }

  /// Encodes a prompt.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - role: What it is for.
  ///   - skipped: How many of the last layers are left out besides; diffusers' `clip_skip`, which
  ///     leaves negative prompts alone.
  /// - Returns: The prompt, and where it was cut.
  /// - Throws: `TextEncoderError` for a layer that is not there, or a `TorchError`.
  func encode(
    _ prompt: String, as role: Generate.Cut.Role, skipping skipped: Int
  ) throws -> (prompt: StableDiffusionPrompt, cuts: [Generate.Cut]) {
    let skipped = role == .negative ? 0 : skipped
    let encodings = try encoders.map { encoder in
      let own = encoder.layer
      let layer = ConditioningLayer(
        skipped: own.skipped + skipped, isNormalized: own.isNormalized)
      return try encoder.encode([prompt], layer: layer)
    }
    let cut = encodings.lazy.flatMap(\.cut).compactMap { $0 }.first
    let isZero = isXL && forcesZeros && role == .negative && prompt.isEmpty
    let factor = isZero ? 0.0 : 1.0
    let states = encodings.map(\.states).concatenated(dim: 2)
    let whole = StableDiffusionPrompt(
      states: states * factor, pooled: isXL ? encodings.last.map { $0.pooled * factor } : nil)
    return (whole, cut.map { [Generate.Cut($0, of: role)] } ?? [])
  }
}
