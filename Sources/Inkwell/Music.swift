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
public struct Music: RepeatableTask {
  /// What a file that was made carries.
  public typealias Record = SoundProvenance

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

  /// Makes what is asked for on this thread.
  public func make(
    _ request: Request, by name: String?, expected: SoundProvenance?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws {
    let folder = try library.soundModel(name ?? request.model)
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
