package import Diffusion
internal import Modalities
package import Models
internal import Torch

/// A text encoder, a denoising transformer and an autoencoder that together make pictures.
package struct TextToImageModel: Sendable {
  private(set) var autoencoder: AutoencoderKL
  private(set) var transformer: PixArtTransformer
  let textEncoder: TextEncoder
  let schedule: FlowSchedule
  let maximumTokens: Int

  package init(
    autoencoder: AutoencoderKL, transformer: PixArtTransformer, textEncoder: TextEncoder,
    schedule: FlowSchedule, maximumTokens: Int
  ) {
    self.autoencoder = autoencoder
    self.transformer = transformer
    self.textEncoder = textEncoder
    self.schedule = schedule
    self.maximumTokens = maximumTokens
  }

  /// The width and height of the pictures it was trained for.
  package var nativeSide: Int {
    transformer.configuration.sampleSize * autoencoder.configuration.reduction
  }

  /// The states of one prompt, which then do not depend on what else is in its batch.
  package func encode(_ prompt: String) throws -> TextEncoder.Encoding {
    try textEncoder.encode([prompt], maximumTokens: maximumTokens)
  }
}

extension TextToImageModel {
  /// The same model, computed by the engine of the additions.
  func running(_ additions: ModelAdditions) -> TextToImageModel {
    guard additions.engine == .compiled else { return self }
    var model = self
    model.transformer = transformer.compiled(report: additions.notes.add)
    model.autoencoder = autoencoder.compiled(report: additions.notes.add)
    return model
  }
}

extension TextToImageModel: FlowModel {
  var latents: (channels: Int, side: Int) {
    (transformer.configuration.inChannels, transformer.configuration.sampleSize)
  }

  func encode(
    _ text: String, as role: Generate.Cut.Role, _ settings: SamplingSettings
  ) throws -> (prompt: TextEncoder.Encoding, cuts: [Generate.Cut]) {
    try Self.checkPlain(settings)
    let encoding = try encode(text)
    return (encoding, encoding.cut.compactMap { $0 }.map { Generate.Cut($0, of: role) })
  }

  func words(of prompt: String, _ settings: SamplingSettings) -> [TokenWord] {
    textEncoder.words(of: prompt, maximumTokens: maximumTokens)
  }

  func denoiser(
    _ batch: PromptedBatch<TextEncoder.Encoding>, plan: SamplingPlan, extra: Tensor?
  ) -> any Denoiser {
    precondition(extra == nil, "the transformer sees latents only")
    let (text, negative) = (batch.prompts, batch.negative)
    let settings = batch.drawing.settings
    // Padding has no weight, but would take time.
    let used = (text + [negative]).map { Int($0.mask.sum(dims: [1]).item()) }.max() ?? 1
    func conditioned(_ text: [TextEncoder.Encoding]) -> PredictionDenoiser {
      let transformer = transformer.prepared(batch: text.count)
      let states = text.map { $0.states.narrowed(dim: 1, start: 0, length: used) }
      let masks = text.map { $0.mask.narrowed(dim: 1, start: 0, length: used) }
      let prompt = withoutGradients {
        transformer.prompt(states.concatenated(), mask: masks.concatenated())
      }
      if let cache = batch.drawing.cache {
        let (features, first) = (cache.started(), 1 + (cache.depth ?? 0))
        return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
          guard cache.keepsWhole else {
            return transformer(
              x, timestep: timesteps, prompt: prompt, cache: features, first: first)
          }
          return features.features(at: timesteps, from: x) {
            transformer(x, timestep: timesteps, prompt: prompt)
          }
        }
      }
      let observer = batch.drawing.heat?.observer(ofLast: batch.prompts.count)
      return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
        transformer(x, timestep: timesteps, prompt: prompt, observer: observer)
      }
    }
    let isOff = settings.guidance == 1
    let network = conditioned(isOff ? text : text.map { _ in negative } + text)
    return BatchedGuided(
      conditional: settings.isGuidedInPart ? conditioned(text) : network, pair: network,
      by: settings.guidanceRule(over: .velocity, along: plan))
  }
}

extension Generate.Cut {
  /// What a tokenizer cut off a prompt.
  init(_ cut: Tokens.Cut, of role: Role) {
    self.init(role: role, kept: cut.kept, dropped: cut.dropped)
  }
}
