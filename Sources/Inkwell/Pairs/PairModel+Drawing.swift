internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A text as the network of a model of pairs takes it.
struct PairPrompt: Sendable {
  /// The tokens, `[1, tokens]`, `int64`; all of them hidden where there is no text.
  let tokens: Tensor
}

extension PairModel {
  /// The same model, computed by the engine of the additions.
  func running(_ additions: ModelAdditions) -> PairModel {
    guard additions.engine == .compiled else { return self }
    var model = self
    model.autoencoder = autoencoder.compiled(report: additions.notes.add)
    return model
  }

  /// A text as the network takes it, and what of it has no room; the empty one is hidden.
  ///
  /// - Throws: ``GenerateError`` that names the words that the model does not know.
  private func prompt(_ text: String) throws -> (prompt: PairPrompt, cut: Tokens.Cut?) {
    let length = transformer.configuration.numTextTokens
    guard !text.allSatisfy(\.isWhitespace) else {
      return (PairPrompt(tokens: .full([1, length], .integer(spelling.mask), dtype: .int64)), nil)
    }
    let unknown = tokenizer.unreadable(in: text)
    guard unknown.isEmpty else {
      throw GenerateError.value(
        "prompt", expected: "words that the model was trained on",
        found: unknown.joined(separator: ", "))
    }
    // [CLS] begins no text.
    let whole = tokenizer.encode(text, maximumLength: length + 1)
    let ids = Array(whole.ids.dropFirst())
    let padded = ids + [Int](repeating: spelling.padding, count: length - ids.count)
    return (PairPrompt(tokens: Tensor(padded, shape: [1, length])), whole.cut)
  }
}

extension PairModel: FlowModel {
  var latents: (channels: Int, side: Int) {
    (transformer.configuration.inChannels, transformer.configuration.sampleSize)
  }

  func encode(
    _ text: String, as role: Generate.Cut.Role, _ settings: SamplingSettings
  ) throws -> (prompt: PairPrompt, cuts: [Generate.Cut]) {
    try Self.checkPlain(settings)
    let (prompt, cut) = try prompt(text)
    return (prompt, cut.map { [Generate.Cut($0, of: role)] } ?? [])
  }

  var cachesDeep: Bool { false }

  func words(of prompt: String, _ settings: SamplingSettings) throws -> [TokenWord] {
    throw GenerateError.unknownSetting("explain", of: "a model without cross-attention")
  }

  func denoiser(
    _ batch: PromptedBatch<PairPrompt>, plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    precondition(extra == nil, "the network sees latents and words only")
    if let cache = batch.drawing.cache, !cache.keepsWhole {
      throw GenerateError.unknownSetting("deep cache", of: "a model of pictures and captions")
    }
    let settings = batch.drawing.settings
    // What is seen of a picture that is not there yet is noise, and another than its latents'.
    let unseen = NoiseSource(seeds: batch.seeds.map { ~$0 })
      .normal([1, transformer.configuration.clipImgDim])
    func conditioned(_ prompts: [PairPrompt]) -> PredictionDenoiser {
      let network = transformer.prepared(batch: prompts.count)
      let tokens = prompts.map(\.tokens).concatenated()
      let wholes = unseen.repeated([prompts.count / batch.seeds.count, 1, 1])
      let times = Self.timesteps(hidden: tokens.equal(to: .integer(spelling.mask)))
      let vocabulary = transformer.configuration.textDim
      func velocity(_ x: Tensor, _ timesteps: Tensor) -> Tensor {
        let pair = Self.pair(
          latents: x, wholes: wholes.converted(to: x.dtype), tokens: tokens,
          vocabulary: vocabulary)
        return network(pair, timesteps: .init(picture: timesteps, text: times)).latents
          .converted(to: x.dtype)
      }
      guard let cache = batch.drawing.cache else {
        return PredictionDenoiser(.velocity, schedule: schedule, network: velocity)
      }
      let features = cache.started()
      return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
        features.features(at: timesteps, from: x) { velocity(x, timesteps) }
      }
    }
    let (text, negative) = (batch.prompts, batch.negative)
    let isOff = settings.guidance == 1
    let network = conditioned(isOff ? text : text.map { _ in negative } + text)
    return BatchedGuided(
      conditional: settings.isGuidedInPart ? conditioned(text) : network, pair: network,
      by: settings.guidanceRule(over: .velocity, along: plan))
  }
}
