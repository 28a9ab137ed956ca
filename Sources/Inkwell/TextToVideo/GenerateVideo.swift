internal import Foundation
internal import Torch

/// Makes a clip of a prompt, and of pictures or a clip if they are given.
///
/// ```swift
/// let request = try GenerateVideo.Request(prompt: "a troll attacks", seed: 7)
/// for try await event in GenerateVideo()(request) {
///   if case .clip(let made) = event { try made.save(to: URL(filePath: "troll.gif")) }
/// }
/// ```
public struct GenerateVideo: Sendable {
  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; the standard number if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// Makes the clip on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at. So does the
  ///     cancellation of the task that reads the events, which however does not wait for that.
  /// - Returns: What happens, and the clip when it is ready; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<VideoEvent, any Error> {
    taskEvents(named: "inkwell video", until: stop) { report in
      Machine.threads = threads ?? Machine.standardThreads
      try make(request, expected: nil, until: stop, report)
    }
  }

  /// Makes a clip again with as many threads as the first time.
  ///
  /// - Parameters:
  ///   - again: Which clip to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the clip; or what goes wrong, ``ProvenanceError`` and
  ///   ``ModelError`` among it.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<VideoEvent, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try ClipProvenance(contentsOf: URL(filePath: again.file))
      Machine.threads = made.threads
      let request = try again.model.map { try made.request.with(model: $0) } ?? made.request
      try make(request, expected: made, until: stop, report)
    }
  }

  /// Makes the clip on this thread.
  func make(
    _ request: Request, expected: ClipProvenance?, until stop: StopSignal,
    _ report: @escaping (VideoEvent) -> Void
  ) throws {
    let folder = try library.videoModel(request.model)
    report(.loading(model: folder.name))
    let hashes = Background { try folder.hashes() }
    let inputs = try request.inputHashes()
    if let expected {
      try check(hashes.value(), are: expected.files, in: folder.url)
      try check(inputs, are: expected.inputs, in: folder.url)
    }
    try stop.check()
    let start = ContinuousClock.now
    let settled = try request.settled(by: folder)
    let maker = VideoMaker(model: try TextToVideoModel(folder), request: settled)
    let clip = try maker.clip { step in
      report(.step(step))
      try stop.check()
    }
    let provenance = ClipProvenance(
      request: settled, files: try hashes.value(), inputs: inputs, threads: Machine.threads)
    report(
      .clip(
        MadeClip(
          clip: clip, provenance: provenance,
          seconds: (ContinuousClock.now - start) / .seconds(1))))
  }
}
