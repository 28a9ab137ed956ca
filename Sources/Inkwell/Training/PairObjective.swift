internal import Diffusion
internal import Models
internal import Torch
internal import Training

/// How a batch of pictures and texts is divided by what is known of them.
struct PairParts: Sendable, Hashable {
  /// How many texts are known, and their pictures learnt.
  let knownTexts: Int
  /// Of how many pairs nothing is known.
  let neither: Int
  /// How many pictures are known, and their texts learnt.
  let knownPictures: Int

  /// How many pairs have a picture to learn.
  var noisy: Int { knownTexts + neither }

  /// How many pairs have a text to learn.
  var hidden: Int { neither + knownPictures }

  /// The parts of a training's batches, whole numbers as near to the shares as can be.
  ///
  /// - Throws: `RecipeError` for shares that are no shares, or leave one of the two unlearnt.
  init(of training: PictureAndTextTraining) throws(RecipeError) {
    for (key, value) in [
      ("knownTexts", training.knownTexts), ("knownPictures", training.knownPictures),
      ("dropout", training.dropout),
    ] where !(0...1).contains(value) {
      throw .value(key, expected: "0 to 1", found: "\(value)")
    }
    // What is learnt from at a time.
    let batch = training.plan.batchSize / training.plan.accumulation
    guard training.knownTexts + training.knownPictures <= 1 else {
      throw .value(
        "knownPictures", expected: "no more than what knownTexts leaves of 1",
        found: "\(training.knownPictures)")
    }
    knownTexts = Int((training.knownTexts * Double(batch)).rounded())
    knownPictures = min(
      Int((training.knownPictures * Double(batch)).rounded()), batch - knownTexts)
    neither = batch - knownTexts - knownPictures
    guard noisy > 0, hidden > 0 else {
      throw .value(
        "plan.batchSize", expected: "room for a picture and a text to learn", found: "\(batch)")
    }
  }
}

/// The loss of a network that learns pictures and texts together.
struct PairObjective {
  private let masked: MaskedObjective
  private let schedule: FlowSchedule
  private let parts: PairParts
  private let dropout: Double
  private let textWeight: Double

  /// The loss of a training.
  ///
  /// - Parameters:
  ///   - mask: The token that stands for a hidden one.
  ///   - shift: How far the times of pictures are moved toward the noise.
  ///   - parts: How a batch is divided.
  ///   - dropout: The share of what is known that is left out.
  ///   - textWeight: How much a text's error counts.
  /// - Throws: What is wrong with `shift`.
  init(
    mask: Int, shift: Double, parts: PairParts, dropout: Double, textWeight: Double
  ) throws {
    masked = MaskedObjective(mask: mask)
    schedule = try FlowSchedule(shift: shift)
    self.parts = parts
    self.dropout = dropout
    self.textWeight = textWeight
  }

  /// The loss of a batch: the squared error of the noisy pictures' velocities, and what is said of
  /// the hidden tokens, each the mean over the pairs that have them.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - latents: The pictures' latents, `[batch, …]`: those of known texts first, those that are
  ///     known last.
  ///   - wholes: What is seen of them, `[batch, 1, features]`.
  ///   - tokens: Their texts, `[batch, tokens]`, `int64`.
  ///   - generator: Draws.
  /// - Returns: The loss, to be differentiated.
  /// - Throws: A `TorchError`.
  func callAsFunction(
    _ network: UniDiffuserTransformer, latents: Tensor, wholes: Tensor, tokens: Tensor,
    _ generator: Generator
  ) throws -> Tensor {
    let noisy = parts.noisy
    precondition(latents.shape[0] == noisy + parts.knownPictures, "a batch of other parts")
    let hidden = hidden(tokens.shape[1], generator)
    let x0 = latents.narrowed(dim: 0, start: 0, length: noisy)
    let seen = seen(latents, wholes, generator)
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = FlowTimes(schedule).levels(noisy, using: generator)
    var said: Tensor?
    let pictures = try DenoisingObjective(.velocity, schedule: schedule)(
      x0: x0, epsilon: epsilon, levels: levels
    ) { x, timesteps in
      let pair = PairModel.pair(
        latents: [x, seen.latents].concatenated(), wholes: seen.wholes,
        tokens: masked.masked(tokens, hidden: hidden), vocabulary: network.configuration.textDim)
      let made = network(
        pair,
        timesteps: .init(
          picture: [timesteps, seen.timesteps].concatenated(),
          text: PairModel.timesteps(hidden: hidden)))
      said = made.text.narrowed(dim: 0, start: parts.knownTexts, length: parts.hidden)
        .converted(to: .float32)
      return made.latents.narrowed(dim: 0, start: 0, length: noisy).converted(to: .float32)
    }
    guard let said else { return pictures }
    func texts(_ x: Tensor) -> Tensor {
      x.narrowed(dim: 0, start: parts.knownTexts, length: parts.hidden)
    }
    let words = masked(logits: said, x0: texts(tokens), hidden: texts(hidden))
    return pictures + words * (textWeight / Double(tokens.shape[1]))
  }

  /// Which tokens are hidden: none of the known texts but all of those that are left out, and some
  /// of the others.
  private func hidden(_ length: Int, _ generator: Generator) -> Tensor {
    let isLeftOut = generator.uniform([parts.knownTexts, 1]).less(than: .real(dropout))
    return [
      isLeftOut.expanded([parts.knownTexts, length]),
      masked.hidden(parts.hidden, length: length, using: generator),
    ].concatenated()
  }

  /// The known pictures, those that are left out being noise, and what is seen of all pictures:
  /// noise, but for those that are known.
  private func seen(
    _ latents: Tensor, _ wholes: Tensor, _ generator: Generator
  ) -> (latents: Tensor, wholes: Tensor, timesteps: Tensor) {
    let (noisy, known) = (parts.noisy, parts.knownPictures)
    let isLeftOut = generator.uniform([known]).less(than: .real(dropout)).converted(to: .float32)
    func shown(_ all: Tensor) -> Tensor {
      let x = all.narrowed(dim: 0, start: noisy, length: known)
      let share = isLeftOut.reshaped([known] + [Int](repeating: 1, count: x.shape.count - 1))
      return x * (1 - share) + generator.normal(x.shape.sizes) * share
    }
    let some = shown(wholes)
    return (
      shown(latents),
      [generator.normal([noisy] + some.shape.sizes.dropFirst()), some].concatenated(),
      isLeftOut * 1000
    )
  }
}
