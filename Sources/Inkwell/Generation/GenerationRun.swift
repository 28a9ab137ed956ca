internal import Diffusion
internal import Foundation
internal import Modalities
internal import Torch

/// A loaded model that makes the pictures of one request, on the thread that it is called on.
struct GenerationRun<Request: PromptedRequest, Source: PromptedModelSource>: PictureMaker {
  let request: Request
  private let source: Source
  private let model: Source.Model
  private let hashes: Background<[String: String]>
  private let drawing: Drawing
  private let size: PictureSize
  private let stop: StopSignal
  private let report: (PictureEvent<Request>) -> Void
  private let start: RedrawStart?
  private let negative: Source.Model.Prompt
  private let blends: [(prompt: Source.Model.Prompt, weight: Double)]

  /// Reads the model.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - source: The model.
  ///   - hashes: What the model's files have to be, if that is known.
  ///   - stop: Ends the run.
  ///   - report: Told what happens.
  /// - Throws: What is wrong with the model, or with the request for it.
  init(
    request: Request, source: Source, hashes: [String: String]? = nil,
    stop: StopSignal, report: @escaping (PictureEvent<Request>) -> Void
  ) throws {
    report(.loading(model: source.name))
    self.request = request
    self.source = source
    self.stop = stop
    self.report = report
    let settings = request.drawing.options.settings(over: try source.settings)
    try settings.validate()
    self.hashes = Background { try source.hashes().merging(request.inputHashes()) { $1 } }
    if let hashes { try check(self.hashes.value(), are: hashes, in: source.url) }
    try stop.check()
    let start = try request.start()
    let loaded = try source.model(ModelAdditions(request.drawing))
    model = loaded
    size = request.drawing.size ?? start?.size ?? loaded.nativeSize
    let drawn = try loaded.drawnSize(size)
    drawing = Drawing(
      settings: settings, size: drawn,
      controls: try (request.drawing.controls ?? []).map { try loaded.guide($0, size: drawn) })
    self.start = try start?.resized(to: drawn)
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
  func makeAll(batchSize: Int) throws { try run.makeAll(batchSize: batchSize) }

  /// Makes the request's only picture as it was made in a batch.
  func makeAgain(_ batch: PictureBatch) throws { try run.makeAgain(batch) }

  private var run: PictureRun<Self> {
    PictureRun(maker: self, hashes: hashes, stop: stop, report: report)
  }

  func images(
    _ slots: [Int], onStep: (SamplingStep) throws -> Void
  ) throws -> [Image] {
    let batch = PromptedBatch(
      prompts: try encoded(slots), negative: negative, seeds: slots.map { request.seed(of: $0) },
      drawing: drawing)
    let images =
      try start.map { try model.images(batch, from: $0, onStep: onStep) }
      ?? model.images(batch, onStep: onStep)
    return try images.map { try $0.resized(width: size.width, height: size.height) }
  }

  var decoder: @Sendable (Tensor) throws -> [Image] {
    { [model] in try model.pictures($0) }
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

/// Makes the pictures of a request with a model of any family.
func make<Request: PromptedRequest>(
  _ request: Request, with source: some PromptedModelSource, batchSize: Int,
  until stop: StopSignal, _ report: @escaping (PictureEvent<Request>) -> Void
) throws {
  try GenerationRun(request: request, source: source, stop: stop, report: report)
    .makeAll(batchSize: batchSize)
}

/// Makes a picture again, to the byte.
func makeAgain<Request: PromptedRequest>(
  _ made: PictureProvenance<Request>, with source: some PromptedModelSource,
  until stop: StopSignal, _ report: @escaping (PictureEvent<Request>) -> Void
) throws {
  try GenerationRun(
    request: made.request, source: source, hashes: made.files, stop: stop, report: report
  ).makeAgain(made.batch)
}
