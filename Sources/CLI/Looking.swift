internal import ArgumentParser
internal import Inkwell

/// Where a task that looks at much keeps what it saw, how fast it is, and what it says meanwhile.
struct Looking: ParsableArguments {
  @Option(
    help: "Where features and downloads are kept (default: the user's caches).",
    completion: .directory)
  var cache: String?

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing but what is found, and errors.")
  var quiet = false

  /// Runs a task, and says how far it is.
  func callAsFunction<Result>(
    _ task: (StopSignal, @escaping (EvaluationReport) -> Void) throws -> Result
  ) throws -> Result {
    threads.apply()
    return try watched(quiet: quiet, task)
  }
}
