internal import Foundation
internal import Torch

/// Drives on a street that a model makes up: frames from frames and actions, hundreds of them.
///
/// ```swift
/// let request = try World.Request(actions: "faster 2, stay 40, left 6, stay 100", seed: 7)
/// for try await event in World()(request) {
///   if case .clip(let made) = event { try made.save(to: URL(filePath: "drive.mp4")) }
/// }
/// ```
public struct World: ClipTask {
  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; the standard number if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// Makes the clip on this thread, by the model of the first time if there was one.
  public func make(
    _ request: Request, expected: ClipProvenance<Request>?, until stop: StopSignal,
    _ report: @escaping (VideoEvent<Request>) -> Void
  ) throws {
    let folder = try library.worldModel(request.model)
    report(.loading(model: folder.name))
    let hashes = try folder.hashes()
    if let expected { try check(hashes, are: expected.files, in: folder.url) }
    let start = ContinuousClock.now
    let settled = try request.settled(by: folder.index.about)
    let maker = try WorldMaker(
      WorldModel(folder), settled, place: folder.url.path(percentEncoded: false))
    let clip = try maker.clip { step in
      report(.step(step))
      try stop.check()
    }
    let provenance = ClipProvenance(
      request: settled, files: hashes, inputs: [:], threads: Machine.threads)
    report(
      .clip(
        MadeClip(
          clip: clip, provenance: provenance,
          seconds: (ContinuousClock.now - start) / .seconds(1))))
  }
}
