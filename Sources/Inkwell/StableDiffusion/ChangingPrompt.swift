internal import Modalities

/// A prompt as Stable Diffusion's denoiser takes it in each step of a run: in most cases the same
/// states in all of them.
struct ChangingPrompt: Sendable {
  /// One of the prompts that are followed at once.
  struct Term: Sendable {
    let prompt: StableDiffusionPrompt
    /// By how much its estimate, less the unconditional one, counts.
    let weight: Double
  }

  /// The numbers of steps and the place in ``variants`` of what is followed until then.
  struct Span: Sendable {
    /// The last step that it holds for, from 1.
    let lastStep: Int
    let variant: Int
  }

  /// What is followed in some steps; each different from the others.
  let variants: [[Term]]
  /// The spans in the order of the steps.
  let spans: [Span]

  /// A prompt that is the same in all steps.
  init(_ prompt: StableDiffusionPrompt) {
    variants = [[Term(prompt: prompt, weight: 1)]]
    spans = [Span(lastStep: .max, variant: 0)]
  }

  /// The prompts of a text in the syntax of AUTOMATIC1111's web UI.
  ///
  /// As there, prompts between `AND`s change each on its own, and a negative prompt has no `AND`.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - role: What it is for.
  ///   - steps: The number of steps that a `when` is a part of.
  ///   - encode: Encodes a text that does not change.
  /// - Throws: `PromptError`, or what `encode` throws.
  init(
    _ text: String, as role: Generate.Cut.Role, steps: Int,
    _ encode: (String) throws -> StableDiffusionPrompt
  ) throws {
    let terms = role == .negative ? [] : ComposedPrompt(text).terms
    let weights = terms.isEmpty ? [1] : terms.map(\.weight)
    let schedules = try (terms.isEmpty ? [text] : terms.map(\.text)).map {
      try PromptSchedule($0, steps: steps)
    }
    var (known, variants): ([String: StableDiffusionPrompt], [[Term]]) = ([:], [])
    var places: [[String]: Int] = [:]
    var spans: [Span] = []
    for step in Set(schedules.flatMap { $0.spans.map(\.lastStep) }).sorted() {
      let texts = schedules.map { $0.text(at: step) }
      for text in texts where known[text] == nil { known[text] = try encode(text) }
      if places[texts] == nil {
        places[texts] = variants.count
        variants.append(
          zip(texts, weights).compactMap { text, weight in
            known[text].map { Term(prompt: $0, weight: weight) }
          })
      }
      spans.append(Span(lastStep: step, variant: places[texts] ?? 0))
    }
    self.variants = variants
    self.spans = spans
  }

  /// The place in ``variants`` of what is followed at a step, from 1; the last for later ones.
  func variant(at step: Int) -> Int {
    spans.first { step <= $0.lastStep }?.variant ?? variants.count - 1
  }

  /// The states, if they are the same in all steps and nothing else is followed beside them.
  var constant: StableDiffusionPrompt? {
    guard variants.count == 1, variants[0].count == 1, variants[0][0].weight == 1 else {
      return nil
    }
    return variants[0][0].prompt
  }
}
