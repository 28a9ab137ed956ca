internal import Checkpoints
public import Diffusion
public import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch
public import Training

/// Trains a LoRA for a Stable Diffusion model: small matrices beside the layers of its U-Net, which
/// teach it a style or a thing from some pictures.
///
/// Hu et al. 2021, https://arxiv.org/abs/2106.09685. The objective is the model's own, Ho et al.
/// 2020, equation 14, https://arxiv.org/abs/2006.11239, on latents (Rombach et al. 2022, equation
/// 2, https://arxiv.org/abs/2112.10752); the model's weights and its text encoders stay as they
/// are.
public struct LoRATraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "lora"

  /// A folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// The model: its folder, the path of its file, or its name in the library.
  public var model: String
  /// The width and height that pictures are brought to; a multiple of 64 suits every model.
  public var side: Int
  /// The last parts of the names of the linear layers to which is added, such as `to_q`.
  public var layers: [String]
  /// The rank of what is added, 1 … 1024.
  public var rank: Int
  /// How strongly it acts: what is added is multiplied by `alpha / rank`; above 0.
  public var alpha: Double
  /// The share of pictures that are shown without their caption, in [0, 1].
  public var captionDropout: Double
  /// How much errors count at each noise level; all the same if not given.
  public var weighting: LossWeighting?
  /// The prompts that are drawn as the run goes on.
  public var samplePrompts: [String]
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has; `lora.safetensors` there is what was learnt.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    let source = try ModelLibrary.standard.promptedModel(model)
    let set = try PictureSet(
      trainingOn: data, side: side, styles: styles, cropped: true, report: report)
    report(.note("reading \(source.name)"))
    let name = FileHash.sha256(ofTexts: try source.hashes().sorted { $0.key < $1.key }.map(\.value))
    let identity = try TrainingIdentity(self, hashes: ["pictures": set.hash, "model": name])
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let (store, inputs) = try inputs(source, set, named: name, folder, report)
    let sampler = try WeightedSampler(
      weights: set.records.map { $0.weight ?? 1 }, batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in try loss(inputs, sampler.indices(for: step), step.generator) },
      sample: { step, average in
        try inputs.lora.write(
          average, notes: ["ss_sd_model_name": source.name],
          to: folder.appending(path: "lora.safetensors"))
        try store.withWeights(of: average) { try saveSamples(step, inputs, to: run.folder) }
      })
  }

  private func check() throws(RecipeError) {
    for (key, isRight, expected, found) in [
      ("side", side > 0, "1 or more", "\(side)"),
      ("layers", !layers.isEmpty, "one or more ends of names of layers, such as to_q", "none"),
      ("rank", (1...1024).contains(rank), "1 to 1024", "\(rank)"),
      ("alpha", alpha > 0 && alpha.isFinite, "a number above 0", "\(alpha)"),
      ("captionDropout", (0...1).contains(captionDropout), "0 to 1", "\(captionDropout)"),
    ] where !isRight {
      throw .value(key, expected: expected, found: found)
    }
  }

  /// The matrices to train, and the model that has them.
  private func inputs(
    _ source: any PromptedModelSource, _ set: PictureSet, named name: String, _ folder: URL,
    _ report: (TrainingReport) -> Void
  ) throws -> (ParameterStore, LoRAData) {
    let sizes = try unetConfiguration(of: source)
    let lora = try TrainableLoRA(sizes, layers: layers, rank: rank, alpha: alpha)
    let store = weights()
    var additions = ModelAdditions()
    additions.layers = try lora.additions(store)
    guard let network = try source.model(additions) as? StableDiffusionModel else {
      throw misfit("Stable Diffusion", source.summary)
    }
    guard network.purpose == .drawing, network.scheduler.range == nil,
      sizes.encoder.timeCondProjDim == nil
    else {
      throw misfit(
        "Stable Diffusion that draws from a prompt, trained on a chain", source.summary)
    }
    guard side.isMultiple(of: network.sideUnit) else {
      throw RecipeError.value(
        "side", expected: "a multiple of \(network.sideUnit)", found: "\(side)")
    }
    report(.note("encoding \(set.records.count) pictures"))
    let cache = TensorCache(file: folder.appending(path: "cache/latents.safetensors"))
    let latents = try cache.tensors(from: [set.hash, name, "\(side)"]) {
      let vae = network.autoencoder
      return ["latents": vae.scaled(try encoded(set, Array(set.records.indices), by: vae))]
    }["latents"]
    return (
      store,
      try LoRAData(
        lora: lora, model: network, records: set.records, latents: latents ?? .zeros([0]),
        side: side)
    )
  }

  private func unetConfiguration(
    of source: any PromptedModelSource
  ) throws -> UNet2DConditionConfiguration {
    switch source {
    case let folder as StableDiffusionFolder: try folder.unet
    case let file as StableDiffusionFile: try file.unet
    default: throw misfit("Stable Diffusion", source.summary)
    }
  }

  private func misfit(_ expected: String, _ found: String) -> RecipeError {
    .value("model", expected: "a model of \(expected)", found: "\(model): \(found)")
  }

  /// The mean loss of a batch.
  private func loss(
    _ inputs: LoRAData, _ indices: [Int], _ generator: Generator
  ) throws -> Tensor {
    let captions = CaptionDraw(dropout: captionDropout)
      .captions(indices.map { inputs.records[$0] }, generator)
    let x0 = inputs.latents.indexSelected(dim: 0, Tensor(indices)).converted(to: .float32)
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = UniformTimesteps(inputs.chain).levels(indices.count, using: generator)
    let objective = DenoisingObjective(
      inputs.model.scheduler.prediction, schedule: inputs.chain, weighting: weighting ?? .uniform)
    let conditions = try inputs.conditions(captions.map { $0 ?? "" })
    let prompt = try inputs.model.unet.prompt(conditions)
    return try objective(x0: x0, epsilon: epsilon, levels: levels) { x, timesteps in
      inputs.model.unet(x, timestep: timesteps, prompt: prompt).converted(to: .float32)
    }
  }

  private func saveSamples(_ step: Int, _ inputs: LoRAData, to run: RunFolder) throws {
    guard !samplePrompts.isEmpty else { return }
    let cells = try samplePrompts.enumerated().map { index, prompt in
      ContactSheet.Cell(try inputs.picture(of: prompt, seed: UInt64(index)), label: prompt)
    }
    let sheet = try ContactSheet(columns: min(cells.count, 4), side: side)(cells)
    try sheet.save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}

extension ParameterStore {
  /// Runs with other weights in the place of those that are trained, which come back afterwards.
  fileprivate func withWeights(of source: WeightSource, _ body: () throws -> Void) throws {
    let tensors = parameters.map(\.tensor)
    let own = try checked { withoutGradients { tensors.map { $0.detached().cloned() } } }
    func put(_ values: [Tensor]) throws {
      try checked { withoutGradients { tensors.copyEach(from: values) } }
    }
    try put(parameters.map { try source.tensor($0.name) })
    let result = Result { try body() }
    try put(own)
    try result.get()
  }
}
