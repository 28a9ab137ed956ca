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
public struct GenerateVideo: ClipTask {
  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; the standard number if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// Makes the clip on this thread.
  public func make(
    _ request: Request, expected: ClipProvenance<Request>?, until stop: StopSignal,
    _ report: @escaping (VideoEvent<Request>) -> Void
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
