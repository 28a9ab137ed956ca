internal import Foundation
internal import Torch

/// Where models are found, and how much is made at a time: what the tasks that make pictures share.
public struct Workshop: Sendable {
  /// Where models are found.
  public var library: ModelLibrary
  /// The number of pictures that are made at a time, at least 1.
  public var batchSize: Int
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?
  /// How a run goes besides.
  public var run = RunSettings()

  /// A workshop.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - batchSize: The number of pictures that are made at a time, at least 1. Pictures do not
  ///     depend on it but for the rounding of float32, which changes a pixel by 1/255 at most.
  ///   - threads: The threads of one operation; the standard number if not given.
  public init(library: ModelLibrary = .standard, batchSize: Int = 8, threads: Int? = nil) {
    precondition(batchSize > 0 && threads ?? 1 > 0, "a batch and its threads are at least one")
    self.library = library
    self.batchSize = batchSize
    self.threads = threads
  }

  /// Makes the pictures of a request, with so many threads.
  func make<Request: PromptedRequest>(
    _ request: Request, until stop: StopSignal,
    _ report: @escaping (PictureEvent<Request>) -> Void
  ) throws {
    let source = try library.promptedModel(request.model)
    setThreads()
    try Inkwell.make(
      request, with: source, batchSize: batchSize, run: run, until: stop, report)
  }

  /// Makes a picture again, with as many threads as the first time.
  func makeAgain<Request: PromptedRequest>(
    _ again: Regenerate.Request, until stop: StopSignal,
    _ report: @escaping (PictureEvent<Request>) -> Void
  ) throws {
    let made = try PictureProvenance<Request>(contentsOf: URL(filePath: again.file))
    let source = try library.promptedModel(again.model ?? made.request.model)
    Machine.threads = made.threads
    try Inkwell.makeAgain(made, with: source, until: stop, report)
  }

  /// Sets the threads of one operation.
  func setThreads() { Machine.threads = threads ?? Machine.standardThreads }
}
