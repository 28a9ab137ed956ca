internal import ArgumentParser
internal import Inkwell
internal import Torch

/// `--threads`.
struct Threads: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: "The threads of one operation (default: the machine's cores).")
  var count: Int?

  func validate() throws {
    guard count ?? 1 > 0 else { throw ValidationError("--threads must be at least 1.") }
  }

  /// Sets the program's number, if one is given.
  func apply() {
    if let count { Machine.threads = count }
  }
}

/// How much of the machine a making of pictures takes.
struct Work: ParsableArguments {
  @Option(help: "Pictures to make at a time.")
  var batch = 8

  @OptionGroup var threads: Threads

  func validate() throws {
    guard batch > 0 else { throw ValidationError("--batch must be at least 1.") }
  }

  /// Where models are found, and how much is made at a time.
  var workshop: Workshop { Workshop(batchSize: batch, threads: threads.count) }
}
