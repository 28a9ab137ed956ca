internal import Checkpoints
internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a transformer that makes the latents of pictures from captions.
///
/// The objective is conditional flow matching in the latent space of a trained autoencoder, with
/// times drawn most often from the middle (Esser et al. 2024, equations 13 and 19,
/// https://arxiv.org/abs/2403.03206); some captions are left out, so that prompts can be guided
/// (Ho and Salimans 2022, algorithm 1, https://arxiv.org/abs/2207.12598).
public struct TextToImageTraining: Codable, Sendable, Hashable {
  /// A folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// The width and height of the pictures.
  public var side: Int
  /// The folder of a trained autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of a text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The sizes of the transformer.
  public var transformer: PixArtConfiguration
  /// Where captions are cut.
  public var maximumTokens: Int
  /// The share of pictures that are shown without their caption, in [0, 1].
  public var captionDropout: Double
  /// How far the times are moved toward the noise; 1 is not at all.
  public var shift: Double
  /// The prompts that are drawn as the run goes on.
  public var samplePrompts: [String]
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  ///
  /// - Parameters:
  ///   - folder: The folder of the run.
  ///   - onStart: Given the run, which can be asked to stop.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, the plan or the folder.
  public func callAsFunction(
    folder: URL, onStart: (TrainingRun) -> Void = { _ in },
    report: (TrainingReport) -> Void = { _ in }
  ) throws {
    let data = try prepared(in: folder, report)
    let store = ParameterStore(initializing: Generator(seed: plan.seed))
    let network = try store.network { PixArtTransformer($0, transformer) }
    let schedule = try FlowSchedule(shift: shift)
    let objective = DenoisingObjective(.velocity, schedule: schedule)
    let times = FlowTimes(schedule)
    let sampler = try WeightedSampler(
      weights: data.set.weights, batchSize: plan.batchSize, seed: plan.seed)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: data.set.hash)
    onStart(run)
    _ = try train(
      run, store: store,
      loss: { step in
        let indices = sampler.indices(for: step)
        let text = data.captions.batch(captions(of: data.set, indices, step.generator))
        let x0 = data.latents.indexSelected(dim: 0, Tensor(indices))
        let epsilon = step.generator.normal(x0.shape.sizes)
        return try objective(
          x0: x0, epsilon: epsilon, levels: times.levels(indices.count, using: step.generator)
        ) { x, timesteps in
          network(x, timestep: timesteps, text: text.states, mask: text.mask)
            .converted(to: .float32)
        }
      },
      progress: { report(.progress($0)) },
      sample: { step, average in
        try PixArtTransformer.write(
          average, transformer, to: run.folder.url.appending(path: "transformer"))
        try saveSamples(step, data.model(average, transformer), to: run.folder)
      })
  }

  /// A caption for each picture, at random among its own, or the empty one.
  private func captions(
    of set: PictureSet, _ indices: [Int], _ generator: Generator
  ) -> [String] {
    let draws = generator.uniform([2, indices.count]).values(as: Double.self)
    return indices.enumerated().map { position, index in
      guard draws[position] >= captionDropout else { return "" }
      let choices = set.captions(index)
      let choice = Int(draws[indices.count + position] * Double(choices.count))
      return choices[min(choice, choices.count - 1)]
    }
  }

  /// The pictures as latents and their captions as states of the text encoder.
  private func prepared(in folder: URL, _ report: (TrainingReport) -> Void) throws -> LatentData {
    report(.note("reading the pictures of \(data)"))
    let set = try PictureSet(
      folder: URL(filePath: data), side: side, split: "train", styles: styles)
    for broken in set.broken { report(.note("\(broken)")) }
    report(.note("encoding \(set.records.count) pictures"))
    let vae = try AutoencoderKL(folder: URL(filePath: autoencoder))
    let latents = try TensorCache(file: folder.appending(path: "cache/latents.safetensors"))
      .tensors(from: [
        set.hash, "\(side)", "\(styles ?? [])",
        try FileHash.sha256(of: AutoencoderKL.weights(in: URL(filePath: autoencoder))),
      ]) { ["latents": vae.scaled(try encoded(set, Array(set.records.indices), by: vae))] }
    let encoder = try TextEncoder(folder: URL(filePath: textEncoder))
    let all = set.records.indices.flatMap { set.captions($0) } + [""]
    report(.note("encoding \(Set(all).count) captions"))
    let captions = try CaptionStates(
      all, encoder: encoder, maximumTokens: maximumTokens,
      cache: TensorCache(file: folder.appending(path: "cache/captions.safetensors")),
      identity: FileHash.sha256(of: TextEncoder.weights(in: URL(filePath: textEncoder))))
    return LatentData(
      set: set, latents: latents["latents"] ?? .zeros([0]), captions: captions, autoencoder: vae,
      textEncoder: encoder,
      schedule: try FlowSchedule(shift: shift), maximumTokens: maximumTokens)
  }

  private func saveSamples(_ step: Int, _ model: TextToImageModel, to run: RunFolder) throws {
    let cells = try samplePrompts.enumerated().map { index, prompt in
      let images = try model.images(
        for: [prompt], seeds: [UInt64(index)], settings: SamplingSettings())
      return ContactSheet.Cell(images[0], label: prompt)
    }
    let sheet = try ContactSheet(columns: 8, side: side)(cells)
    try sheet.save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}

/// What a text-to-image training reads, ready for its steps.
private struct LatentData {
  let set: PictureSet
  let latents: Tensor
  let captions: CaptionStates
  let autoencoder: AutoencoderKL
  let textEncoder: TextEncoder
  let schedule: FlowSchedule
  let maximumTokens: Int

  /// The model whose transformer has these weights.
  func model(_ weights: WeightSource, _ configuration: PixArtConfiguration) throws
    -> TextToImageModel
  {
    let store = ParameterStore(loading: weights)
    let transformer = try store.network { PixArtTransformer($0, configuration) }
    return TextToImageModel(
      autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder,
      schedule: schedule, maximumTokens: maximumTokens)
  }
}
