internal import Diffusion
internal import Foundation
internal import Modalities
internal import Torch

/// A loaded model that makes the pictures of one request.
protocol PictureMaker<Request> {
  associatedtype Request: PictureRequest

  /// What is asked for.
  var request: Request { get }

  /// Makes a batch.
  ///
  /// - Parameters:
  ///   - slots: The picture at each place of the batch.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The pictures.
  /// - Throws: What sampling throws.
  func images(
    _ slots: [Int], onStep: (SamplingStep) throws -> Void
  ) throws -> [Image]

  /// Makes pictures of samples, `[batch, …]`, at the model's own size.
  var decoder: @Sendable (Tensor) throws -> [Image] { get }

  /// How memory is saved, if that changes pictures.
  var saving: MemorySaving? { get }

  /// What computes the networks, if that is not LibTorch.
  var engine: Engine? { get }

  /// The request for one of the pictures, with nothing left to the model.
  func request(of index: Int) throws -> Request
}

extension PictureMaker {
  var saving: MemorySaving? { nil }
  var engine: Engine? { nil }
}

/// The run of a request through its batches, on the thread that it is called on.
struct PictureRun<Maker: PictureMaker> {
  let maker: Maker
  /// The SHA-256 of every file on which a picture depends.
  let hashes: Background<[String: String]>
  /// Ends the run with a `CancellationError` after the step that it is at.
  let stop: StopSignal
  /// Told what happens.
  let report: (PictureEvent<Maker.Request>) -> Void

  /// Makes all pictures, so many at a time.
  func makeAll(batchSize: Int) throws {
    let start = ContinuousClock.now
    for first in stride(from: 0, to: maker.request.total, by: batchSize) {
      let pictures = first..<min(first + batchSize, maker.request.total)
      try make(Array(pictures), keeping: 0..<pictures.count, of: pictures, since: start)
    }
  }

  /// Makes the request's only picture as it was made in a batch, whose other pictures are the same.
  func makeAgain(_ batch: PictureBatch) throws {
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
    let images = try maker.images(slots) { step in
      let done = Double(pictures.lowerBound * step.count + pictures.count * step.index)
      let all = Double(maker.request.total * step.count)
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      let preview = PicturePreview(step.x0, maker.decoder)
      report(
        .step(
          PictureStep(
            index: step.index, count: step.count, pictures: pictures,
            total: maker.request.total, secondsToGo: elapsed / done * (all - done),
            preview: preview)))
      try stop.check()
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1) / Double(kept.count)
    for place in kept {
      let provenance = PictureProvenance(
        request: try maker.request(of: slots[place]), files: try hashes.value(),
        batch: PictureBatch(size: slots.count, place: place), threads: Machine.threads,
        memory: maker.saving, engine: maker.engine)
      report(
        .image(
          MadePicture(
            index: slots[place], image: images[place], provenance: provenance,
            seconds: seconds)))
    }
  }
}

/// Throws unless a model's files are those that a picture was made with.
func check(
  _ found: [String: String], are expected: [String: String], in folder: URL
) throws(ProvenanceError) {
  let changed = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
  guard changed.isEmpty else {
    throw .otherModel(folder: folder.path(percentEncoded: false), changed: changed.sorted())
  }
}

/// What `body` reports from a thread of its own.
///
/// The thread is none of the few that Swift's tasks share, because a step blocks it for long.
func taskEvents<Event: Sendable>(
  named name: String, until stop: StopSignal,
  _ body: @escaping @Sendable (_ report: @escaping (Event) -> Void) throws -> Void
) -> AsyncThrowingStream<Event, any Error> {
  AsyncThrowingStream { continuation in
    continuation.onTermination = { if case .cancelled = $0 { stop.request() } }
    let thread = Thread {
      do {
        try body { continuation.yield($0) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
  }
}
