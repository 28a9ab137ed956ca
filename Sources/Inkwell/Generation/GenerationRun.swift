internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that makes the pictures of one request, on the thread that it is called on.
struct GenerationRun: PictureMaker {
  let request: Generate.Request
  private let folder: ModelFolder
  private let model: TextToImageModel
  private let hashes: Background<[String: String]>
  private let settings: SamplingSettings
  private let side: Int
  private let stop: StopSignal
  private let report: (Generate.Event) -> Void
  private let negative: TextEncoder.Encoding

  /// Reads the model.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - folder: The model.
  ///   - hashes: What the model's files have to be, if that is known.
  ///   - stop: Ends the run.
  ///   - report: Told what happens.
  /// - Throws: What is wrong with the model, or with the request for it.
  init(
    request: Generate.Request, folder: ModelFolder, hashes: [String: String]? = nil,
    stop: StopSignal, report: @escaping (Generate.Event) -> Void
  ) throws {
    report(.loading(model: folder.name))
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    settings = request.settings(over: folder.index.about.settings)
    try settings.validate()
    self.hashes = Background { try folder.hashes() }
    if let hashes { try check(self.hashes.value(), are: hashes, in: folder.url) }
    try stop.check()
    model = try TextToImageModel(folder)
    side = request.size ?? model.nativeSide
    negative = try model.encode(settings.negative)
    Self.reportCut(negative, .negative, report)
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
    try model.images(
      for: encoded(slots), negative: negative, seeds: slots.map { request.seed(of: $0) },
      settings: settings, onStep: onStep
    ).map { try $0.resized(width: side, height: side) }
  }

  var decoder: @Sendable (Tensor) throws -> [Image] {
    { [model] in try model.pictures($0) }
  }

  func request(of index: Int) throws -> Generate.Request {
    try request.request(of: index, model: folder.name, settings: settings, side: side)
  }

  /// The states of the prompts, each encoded alone so that it does not depend on the others.
  private func encoded(_ slots: [Int]) throws -> [TextEncoder.Encoding] {
    var known: [String: TextEncoder.Encoding] = [:]
    return try slots.map { index in
      let prompt = request.prompt(of: index)
      if let encoding = known[prompt] { return encoding }
      let encoding = try model.encode(prompt)
      if index % request.count == 0 { Self.reportCut(encoding, .prompt, report) }
      known[prompt] = encoding
      return encoding
    }
  }

  private static func reportCut(
    _ encoding: TextEncoder.Encoding, _ role: Generate.Cut.Role,
    _ report: (Generate.Event) -> Void
  ) {
    for case let cut? in encoding.cut {
      report(.cut(Generate.Cut(role: role, kept: cut.kept, dropped: cut.dropped)))
    }
  }
}
