internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// Where a clip goes, and how it is made there.
struct ClipOutput: ParsableArguments {
  @Option(help: "The file to write.", completion: .file())
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  @OptionGroup var threads: Threads

  /// Writes the clip that a task makes until it is interrupted.
  ///
  /// - Parameter make: Begins the making, which ends when the signal is given.
  /// - Throws: What the task throws, an `OutputError`, or a `ClipError` for the name.
  func write<Request>(
    _ make: (StopSignal) -> AsyncThrowingStream<VideoEvent<Request>, any Error>
  ) async throws {
    let file = URL(filePath: output, directoryHint: .notDirectory)
    _ = try ClipFormat(fileName: output)
    try OutputPattern.check([file], replacing: force)
    let stop = StopSignal()
    let interrupts = Interrupts()
    interrupts.onInterrupt { stop.request() }
    try await writeClip(make(stop), to: file, quiet: quiet)
  }
}

/// Writes the clip of a run and says how far it is.
func writeClip<Request>(
  _ events: AsyncThrowingStream<VideoEvent<Request>, any Error>, to file: URL, quiet: Bool
) async throws {
  let line = ProgressLine(isQuiet: quiet)
  defer { line.clear() }
  for try await event in events {
    switch event {
    case .loading(let model): line.show("loading \(model)")
    case .step(let step): line.show("step \(step.index) of \(step.count)")
    case .clip(let made):
      try made.save(to: file)
      line.clear()
      if !quiet { print(file.relativePath) }
    }
  }
}
