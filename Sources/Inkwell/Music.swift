internal import Foundation
internal import Torch

/// Makes music of prompts, from nothing or from a sound.
///
/// ```swift
/// let request = try Music.Request(prompts: ["a reel on the violin, 120 bpm, D major"], seed: 7)
/// for try await event in Music()(request) {
///   if case .sound(let made) = event { try made.save(to: URL(filePath: "reel.wav")) }
/// }
/// ```
public struct Music: Sendable {
  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// What happens while sounds are made.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// A step was made of all that the run will make.
    case step(Int, of: Int, secondsToGo: Double)
    /// A sound is ready.
    case sound(MadeSound)
  }

  /// Makes the sounds on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at. So does the
  ///     cancellation of the task that reads the events, which however does not wait for that.
  /// - Returns: What happens, and the sounds as they are ready; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell music", until: stop) { report in
      Machine.threads = threads ?? Machine.standardThreads
      try run(request, of: try library.soundModel(request.model), nil, stop, report)
    }
  }

  /// Makes a sound again with as many threads as the first time.
  ///
  /// - Parameters:
  ///   - again: Which sound to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the sound; or what goes wrong, ``ProvenanceError`` and
  ///   ``ModelError`` among it.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try SoundProvenance(contentsOf: URL(filePath: again.file))
      Machine.threads = made.threads
      try run(
        made.request, of: try library.soundModel(again.model ?? made.request.model), made, stop,
        report)
    }
  }

  private func run(
    _ request: Request, of folder: SoundModelFolder, _ expected: SoundProvenance?,
    _ stop: StopSignal, _ report: @escaping (Event) -> Void
  ) throws {
    report(.loading(model: folder.name))
    let hashes = Background { try folder.hashes() }
    if let expected { try check(hashes.value(), are: expected.files, in: folder.url) }
    try stop.check()
    let maker = try MusicMaker(request, of: folder)
    if let source = maker.sourceHash, let expected, source != expected.source {
      throw ProvenanceError.otherSource(file: request.start?.file ?? "")
    }
    let began = ContinuousClock.now
    let steps = maker.stepCount * request.total
    var done = 0
    for index in 0..<request.total {
      let start = ContinuousClock.now
      let sound = try maker.sound(index) {
        done += 1
        let elapsed = (ContinuousClock.now - began) / .seconds(1)
        report(
          .step(done, of: steps, secondsToGo: elapsed / Double(done) * Double(steps - done)))
        try stop.check()
      }
      let provenance = SoundProvenance(
        request: try maker.request(of: index), files: try hashes.value(),
        source: maker.sourceHash, threads: Machine.threads)
      report(
        .sound(
          MadeSound(
            index: index, sound: sound, provenance: provenance,
            seconds: (ContinuousClock.now - start) / .seconds(1))))
    }
  }
}
