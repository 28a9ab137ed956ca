internal import Foundation

/// A process that is measured from outside.
enum Child {
  /// What a process took and wrote.
  struct Outcome {
    let seconds: Double
    let peakMegabytes: Double
    let output: String

    /// The last line that the process wrote.
    var lastLine: String { Child.lastLine(of: output) }
  }

  /// Runs a program, found in PATH, and waits for it.
  ///
  /// - Parameters:
  ///   - arguments: The program and its arguments.
  ///   - variables: What is added to the environment.
  /// - Returns: What it took and wrote.
  /// - Throws: `ChildError` if it cannot be started, or ends in another way than it should; it says
  ///   the last line that the process complained with.
  static func run(
    _ arguments: [String], variables: [String: String] = [:]
  ) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory
    let name = "benchmark-\(UUID().uuidString)"
    let (output, complaints) = (
      folder.appending(path: name + ".out"), folder.appending(path: name + ".err")
    )
    defer { for file in [output, complaints] { unlink(file.path(percentEncoded: false)) } }
    let start = ContinuousClock.now
    let pid = try spawn(arguments, variables: variables, output: output, complaints: complaints)
    let watcher = MemoryWatcher(pid)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let megabytes = watcher.stop() ?? Double(usage.ru_maxrss) / 1024
    guard status == 0 else {
      // The low bits of the status are the number of the signal that ended it.
      let signal = status & 0x7f
      let reason = lastLine(of: try String(contentsOf: complaints, encoding: .utf8))
      throw ChildError(
        description: signal == SIGKILL
          ? "the system ended it, which it does where memory runs out"
          : reason.isEmpty ? "\(arguments[0]) ended with status \(status)" : reason)
    }
    return Outcome(
      seconds: seconds, peakMegabytes: megabytes,
      output: try String(contentsOf: output, encoding: .utf8))
  }

  private static func spawn(
    _ arguments: [String], variables: [String: String], output: URL, complaints: URL
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, file) in [(STDOUT_FILENO, output), (STDERR_FILENO, complaints)] {
      posix_spawn_file_actions_addopen(
        &actions, descriptor, file.path(percentEncoded: false), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    let environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let words = arguments.map { strdup($0) } + [nil]
    let settings = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + settings { free(word) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, arguments[0], &actions, nil, words, settings)
    guard code == 0 else {
      throw ChildError(description: "\(arguments[0]): \(String(cString: strerror(code)))")
    }
    // Where memory runs out, Linux ends the process with the largest number: not this one.
    if let file = fopen("/proc/\(pid)/oom_score_adj", "w") {
      fputs("1000", file)
      fclose(file)
    }
    return pid
  }

  private static func lastLine(of text: String) -> String {
    text.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
      .map { $0.trimmingCharacters(in: .whitespaces) } ?? ""
  }
}

/// What went wrong with a measured process.
struct ChildError: Error, CustomStringConvertible {
  let description: String
}
