internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that makes the pictures of one request, on the thread that it is called on.
struct GenerationRun<Request: PromptedRequest, Source: PromptedModelSource>: PictureMaker {
  let request: Request
  private let source: Source
  private let model: Source.Model
  private let hashes: Background<[String: String]>
  private let drawing: Drawing
  private let size: PictureSize
  private let refiner: LoadedRefiner?
  private let upscaler: LoadedUpscaler?
  private let stop: StopSignal
  private let report: (PictureEvent<Request>) -> Void
  private let start: RedrawStart?
  private let negative: Source.Model.Prompt
  private let blends: [(prompt: Source.Model.Prompt, weight: Double)]
  private let settings: RunSettings
  private let previewDecoder: AutoencoderTiny?
  private let plan: MemoryPlan?
  private let additions: ModelAdditions

  /// Reads the model.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - source: The model.
  ///   - hashes: What the model's files have to be, if that is known.
  ///   - run: How the run goes.
  ///   - stop: Ends the run.
  ///   - report: Told what happens.
  /// - Throws: What is wrong with the model, or with the request for it.
  init(
    request: Request, source: Source, hashes: [String: String]? = nil,
    run: RunSettings = RunSettings(), stop: StopSignal,
    report: @escaping (PictureEvent<Request>) -> Void
  ) throws {
    report(.loading(model: source.name))
    self.request = request
    self.source = source
    self.stop = stop
    self.report = report
    var settings = request.drawing.options.settings(over: try source.settings)
    // What a step looks at is seen where it is computed.
    if run.explains, request.drawing.cache == nil { settings.cache = nil }
    try settings.validate()
    var run = run
    var options = request.drawing.options
    options.cache = settings.cache
    run.engine = try run.chosenEngine(with: options)
    self.settings = run
    self.hashes = Background { try source.hashes().merging(request.inputHashes()) { $1 } }
    if let hashes { try check(self.hashes.value(), are: hashes, in: source.url) }
    try stop.check()
    let start = try request.start()
    plan = try source.plan(request, settings, from: start, run)
    if let plan { report(.planned(plan)) }
    if run.memoryLimit != nil { Machine.returnFreedMemory() }
    var additions = try ModelAdditions(request.drawing)
    additions.saving = run.saving ?? plan?.saving ?? MemorySaving()
    additions.engine = run.engine ?? .standard
    self.additions = additions
    let loaded = try source.model(additions)
    model = loaded
    previewDecoder = try run.previewDecoder.map { try loaded.previewDecoder($0) }
    if run.explains { _ = try loaded.words(of: "", settings) }
    try loaded.purpose.check(start)
    let (wanted, drawn) = try loaded.sizes(request.drawing.size, from: start)
    size = wanted
    drawing = Drawing(
      settings: settings, size: drawn,
      controls: try loaded.guides(request.drawing.controls ?? [], at: drawn, from: start),
      images: try loaded.imageGuides(request.drawing.imagePrompts ?? [], size: drawn),
      window: try loaded.window(request.drawing.window, from: start),
      cache: settings.cache, mergedTokens: request.drawing.mergedTokens,
      second: try loaded.second(request.drawing.hires, at: drawn))
    try loaded.checkPasses(request.drawing.options, from: start)
    try drawing.check(tiled: request.drawing.tile != nil, explained: run.explains, by: loaded)
    refiner = try request.drawing.refiner.map { try LoadedRefiner($0, after: loaded, settings) }
    let largest = drawing.second?.size ?? drawn
    upscaler = try request.drawing.upscaler.map {
      try LoadedUpscaler($0, after: loaded, at: largest, settings)
    }
    let times = loaded.enlargement
    self.start = try start?.resized(
      to: PictureSize(width: drawn.width / times, height: drawn.height / times))
    let (negative, cuts) = try model.encode(settings.negative, as: .negative, settings)
    self.negative = negative
    for cut in cuts { report(.cut(cut)) }
    blends = try (request.drawing.blends ?? []).map { blend in
      let (prompt, cuts) = try loaded.encode(blend.prompt, as: .prompt, settings)
      for cut in cuts { report(.cut(cut)) }
      return (prompt, blend.weight)
    }
    try stop.check()
  }

  /// Makes all pictures, so many at a time.
  func makeAll(batchSize: Int) throws {
    try run.makeAll(batchSize: plan?.batchSize ?? batchSize)
  }

  /// Makes the request's only picture as it was made in a batch.
  func makeAgain(_ batch: PictureBatch) throws { try run.makeAgain(batch) }

  private var run: PictureRun<Self> {
    PictureRun(maker: self, hashes: hashes, stop: stop, report: report)
  }

  func images(
    _ slots: [Int], onStep: (SamplingStep) throws -> Void
  ) throws -> [Image] {
    let seeds = slots.map { request.seed(of: $0) }
    let texts = slots.map { request.drawing.prompt(of: $0) }
    var batch = PromptedBatch(
      prompts: try encoded(slots), negative: negative, seeds: seeds, drawing: drawing,
      refinement: try refiner?.refinement(of: texts, seeds: seeds))
    var watch = settings.explains ? BatchWatch() : nil
    batch.drawing.heat = watch?.heat
    func watched(_ step: SamplingStep) throws {
      tellNotes()
      try watch?.add(step, decoder)
      try onStep(step)
    }
    let drawn =
      try upscaler.map { try enlarged(batch, texts, by: $0, onStep, watched) }
      ?? start.map { try model.images(batch, from: $0, onStep: watched) }
      ?? model.images(batch, onStep: watched)
    tellNotes()
    var size = drawing.second?.size ?? size
    size = upscaler?.size(of: size) ?? size
    let images = try drawn.map { try $0.resized(width: size.width, height: size.height) }
    if let watch { try explain(slots, images, watch) }
    return images
  }

  /// The pictures of a batch whose latents are enlarged before they are decoded.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - prompts: What they show.
  ///   - upscaler: What enlarges their latents.
  ///   - onStep: Called after every step of the upscaler's.
  ///   - watched: Called after every step before.
  /// - Returns: The pictures.
  /// - Throws: What sampling throws.
  private func enlarged(
    _ batch: PromptedBatch<Source.Model.Prompt>, _ prompts: [String], by upscaler: LoadedUpscaler,
    _ onStep: (SamplingStep) throws -> Void, _ watched: (SamplingStep) throws -> Void
  ) throws -> [Image] {
    var made = 0
    func first(_ step: SamplingStep) throws {
      made = step.count
      try watched(step.within(run: step.count + upscaler.steps, after: 0))
    }
    let latents =
      try start.map { try model.latents(batch, from: $0, onStep: first) }
      ?? model.latents(batch, onStep: first)
    model.parts.rest(.text, .denoiser, .autoencoder)
    let large = try upscaler.enlarged(
      latents, at: drawing.second?.size ?? drawing.size, prompts: prompts, seeds: batch.seeds
    ) { try onStep($0.within(run: made + upscaler.steps, after: made)) }
    return try upscaler.pictures(large)
  }

  var saving: MemorySaving? {
    let saving = settings.saving ?? plan?.saving ?? MemorySaving()
    return saving.inStrips || saving.isHalf ? saving : nil
  }

  var engine: Engine? { additions.engine == .eager ? nil : additions.engine }

  /// Tells what could not be compiled.
  private func tellNotes() {
    for reason in additions.notes.take() { report(.uncompiled(reason: reason)) }
  }

  var decoder: @Sendable (Tensor) throws -> [Image] {
    { [model, previewDecoder, refiner] x0 in
      if let previewDecoder { return try previewDecoder.decoded(x0) }
      refiner?.rest()
      return try model.pictures(x0)
    }
  }

  /// Tells where the words of the pictures of a batch acted.
  private func explain(_ slots: [Int], _ images: [Image], _ watch: BatchWatch) throws {
    let shape = model.latentShape(drawing.size)
    for (place, index) in slots.enumerated() {
      let words = try model.words(of: request.drawing.prompt(of: index), drawing.settings)
      report(
        .explained(
          PictureExplanation(
            index: index, image: images[place],
            words: try watch.words(at: place, words, size: (shape[1], shape[2])),
            steps: watch.steps.map { $0[place] })))
    }
  }

  func request(of index: Int) throws -> Request {
    try request.drawing(
      request.drawing.request(
        of: index, model: source.name, settings: drawing.settings, size: size))
  }

  /// The prompts, each encoded alone so that it does not depend on the others.
  private func encoded(_ slots: [Int]) throws -> [Source.Model.Prompt] {
    var known: [String: Source.Model.Prompt] = [:]
    return try slots.map { index in
      let text = request.drawing.prompt(of: index)
      if let prompt = known[text] { return prompt }
      let (own, cuts) = try model.encode(text, as: .prompt, drawing.settings)
      let prompt = try model.blended(
        own, with: blends, by: request.drawing.blending ?? .linear)
      if index % request.drawing.count == 0 { for cut in cuts { report(.cut(cut)) } }
      known[text] = prompt
      return prompt
    }
  }
}

extension Drawing {
  /// Throws ``GenerateError`` for what does not go together, or with a model.
  fileprivate func check(
    tiled: Bool, explained: Bool, by model: some PromptedModel
  ) throws(GenerateError) {
    let windows = "pictures that are drawn in windows"
    for (name, owner, isAsked) in [
      ("tile", windows, window != nil && tiled),
      ("explain", windows, window != nil && explained),
      ("explain", "steps that do not compute all", cache != nil && explained),
      (
        "merge tokens", "a model without a U-Net whose places attend to one another",
        mergedTokens != nil && !model.mergesTokens
      ),
    ] where isAsked {
      throw .unknownSetting(name, of: owner)
    }
  }
}

/// Makes the pictures of a request with a model of any family.
func make<Request: PromptedRequest>(
  _ request: Request, with source: some PromptedModelSource, batchSize: Int,
  run: RunSettings = RunSettings(), until stop: StopSignal,
  _ report: @escaping (PictureEvent<Request>) -> Void
) throws {
  var run = run
  // What decides while a picture is drawn must not see others.
  let settings = request.drawing.options.settings(over: try source.settings)
  let batchSize = settings.cache?.threshold == nil ? batchSize : 1
  run.batchSize = min(batchSize, request.total)
  try (run.engine ?? .standard).running {
    try GenerationRun(request: request, source: source, run: run, stop: stop, report: report)
      .makeAll(batchSize: batchSize)
  }
}

/// Makes a picture again, to the byte.
func makeAgain<Request: PromptedRequest>(
  _ made: PictureProvenance<Request>, with source: some PromptedModelSource,
  until stop: StopSignal, _ report: @escaping (PictureEvent<Request>) -> Void
) throws {
  var run = RunSettings()
  run.saving = made.memory ?? MemorySaving()
  let engine = made.engine ?? .eager
  run.engine = engine
  try engine.running {
    try GenerationRun(
      request: made.request, source: source, hashes: made.files, run: run, stop: stop,
      report: report
    ).makeAgain(made.batch)
  }
}
