internal import Diffusion
internal import Torch

extension StableDiffusionModel {
  func encode(
    _ prompt: String, as role: Generate.Cut.Role, _ settings: SamplingSettings
  ) throws -> (prompt: ChangingPrompt, cuts: [Generate.Cut]) {
    let syntax = settings.syntax ?? .plain
    func encoded(
      _ text: String
    ) throws -> (prompt: StableDiffusionPrompt, cuts: [Generate.Cut]) {
      try self.text.encode(text, as: role, skipping: settings.clipSkip ?? 0, syntax: syntax)
    }
    guard syntax == .a1111 else {
      let (states, cuts) = try encoded(prompt)
      return (ChangingPrompt(states), cuts)
    }
    let changing = try ChangingPrompt(prompt, as: role, steps: settings.steps) {
      try encoded($0).prompt
    }
    return (changing, [])
  }

  /// The network as it sees the prompts of each step.
  ///
  /// Steps are counted from the first one that is made, so a picture that begins with another one
  /// begins with its prompt's first text, as in AUTOMATIC1111's web UI 1.10. For what a sampler
  /// evaluates, the noise level decides (`StepwiseDenoiser`). The web UI counts evaluations, from
  /// 0, up to and with `when`: a text that its guide gives `n` steps holds for `n + 1` evaluations.
  func denoiser(
    _ batch: PromptedBatch<ChangingPrompt>, plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    let prompts = batch.prompts + [batch.negative]
    var known: [[Int]: any Denoiser] = [:]
    let steps = try (1..<max(plan.levels.count, 2)).map { step in
      let variants = prompts.map { $0.variant(at: plan.stepsBefore + step) }
      if let denoiser = known[variants] { return denoiser }
      let denoiser = try denoiser(
        zip(prompts, variants).map { $0.variants[$1] }, batch, plan: plan, extra: extra)
      known[variants] = denoiser
      return denoiser
    }
    return known.count == 1 ? steps[0] : StepwiseDenoiser(over: plan.levels, steps)
  }

  /// The network as it sees what is followed in some steps: each picture's prompts, and the
  /// negative one.
  private func denoiser(
    _ followed: [[ChangingPrompt.Term]], _ batch: PromptedBatch<ChangingPrompt>,
    plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    let first = followed.map { $0[0].prompt }
    let constant = PromptedBatch(
      prompts: Array(first.dropLast()), negative: first[first.count - 1], seeds: batch.seeds,
      drawing: batch.drawing)
    let terms = Array(followed.dropLast())
    guard terms.contains(where: { $0.count > 1 || $0[0].weight != 1 }) else {
      return try denoiser(constant, plan: plan, extra: extra)
    }
    return try composed(terms, constant, plan: plan, extra: extra)
  }

  /// The network as it sees several prompts of each picture at once.
  ///
  /// Liu et al. 2022, https://arxiv.org/abs/2206.01714; all estimates are made in one batch.
  private func composed(
    _ terms: [[ChangingPrompt.Term]], _ batch: PromptedBatch<StableDiffusionPrompt>,
    plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser {
    guard purpose != .editing else {
      throw GenerateError.value(
        "prompt", expected: "one instruction, without AND, for a model that edits",
        found: "several")
    }
    let most = terms.map(\.count).max() ?? 1
    // A picture with fewer prompts has its first one again, without weight.
    let branches = (0..<most).map { place in
      DenoiserBranch(
        prompts: terms.map { $0[place < $0.count ? place : 0].prompt }, channels: extra)
    }
    let weights = (0..<most).map { place in
      Tensor(terms.map { place < $0.count ? Float($0[place].weight) : 0 }, shape: [terms.count])
    }
    let negative = DenoiserBranch(
      prompts: batch.prompts.map { _ in batch.negative }, channels: extra, score: 2.5,
      seesImages: false)
    let settings = guidedSettings(batch.drawing)
    let network = try network([negative] + branches, of: batch.drawing, plan: plan)
    return bounded(
      BatchedComposition(
        network, weights: weights,
        by: settings.guidanceRule(over: scheduler.prediction, along: plan)),
      settings, plan)
  }
}
