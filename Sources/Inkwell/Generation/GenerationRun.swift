internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that makes the pictures of one request, on the thread that it is called on.
struct GenerationRun {
  private let request: Generate.Request
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
    if let hashes { try Self.check(self.hashes.value(), are: hashes, folder: folder) }
    try stop.check()
    model = try TextToImageModel(folder)
    side = request.size ?? model.nativeSide
    negative = try model.encode(settings.negative)
    Self.reportCut(negative, .negative, report)
    try stop.check()
  }

  private static func check(
    _ found: [String: String], are expected: [String: String], folder: ModelFolder
  ) throws(ProvenanceError) {
    let changed = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
    guard changed.isEmpty else {
      throw .otherModel(folder: folder.url.path(percentEncoded: false), changed: changed.sorted())
    }
  }

  /// Makes all pictures, so many at a time.
  func makeAll(batchSize: Int) throws {
    let start = ContinuousClock.now
    for first in stride(from: 0, to: request.total, by: batchSize) {
      let pictures = first..<min(first + batchSize, request.total)
      try make(Array(pictures), keeping: 0..<pictures.count, of: pictures, since: start)
    }
  }

  /// Makes the request's only picture as it was made in a batch, whose other pictures are the same.
  func makeAgain(_ batch: Provenance.Batch) throws {
    let slots = [Int](repeating: 0, count: batch.size)
    try make(slots, keeping: batch.place..<batch.place + 1, of: 0..<1, since: .now)
  }

  /// Makes a batch.
  ///
  /// - Parameters:
  ///   - slots: The picture at each place of the batch.
  ///   - kept: The places whose pictures are reported.
  ///   - pictures: What is told to be under way.
  ///   - start: When the run began.
  /// - Throws: What sampling throws, or a `CancellationError`.
  private func make(
    _ slots: [Int], keeping kept: Range<Int>, of pictures: Range<Int>,
    since start: ContinuousClock.Instant
  ) throws {
    let began = ContinuousClock.now
    let images = try model.images(
      for: encoded(slots), negative: negative, seeds: slots.map { request.seed(of: $0) },
      settings: settings
    ) { step in
      let done = Double(pictures.lowerBound * step.count + pictures.count * step.index)
      let all = Double(request.total * step.count)
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      report(
        .step(
          Generate.Step(
            index: step.index, count: step.count, pictures: pictures, total: request.total,
            secondsToGo: elapsed / done * (all - done),
            preview: Generate.Preview(model: model, latents: step.x0))))
      try stop.check()
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1) / Double(kept.count)
    for place in kept {
      let image = try images[place].resized(width: side, height: side)
      report(
        .image(
          GeneratedImage(
            index: slots[place], image: image,
            provenance: try provenance(of: slots[place], in: slots.count, at: place),
            seconds: seconds)))
    }
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

  private func provenance(of index: Int, in size: Int, at place: Int) throws -> Provenance {
    try Provenance(
      request: request.request(
        of: index, model: folder.name, settings: settings, side: side),
      files: hashes.value(), batch: Provenance.Batch(size: size, place: place),
      threads: Machine.threads)
  }
}
