internal import Foundation

/// A process that is measured from outside.
enum Child {
  /// What a process took and wrote.
  struct Outcome {
    let seconds: Double
    let peakMegabytes: Double
    let output: String

    /// The number that the process measured itself and printed on its last line.
    func reportedNumber() throws -> Double {
      let last = output.split(separator: "\n").last.map(String.init) ?? ""
      guard let number = Double(last) else {
        throw ChildError(description: "expected a number, found \"\(last)\"")
      }
      return number
    }
  }

  /// Runs a program, found in PATH, and waits for it.
  static func run(_ arguments: [String]) throws -> Outcome {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "benchmark-\(UUID().uuidString).txt")
    defer { unlink(file.path(percentEncoded: false)) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, file.path(percentEncoded: false), O_WRONLY | O_CREAT | O_TRUNC, 0o600
    )

    var pid: pid_t = 0
    let start = ContinuousClock.now
    let words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let code = posix_spawnp(&pid, arguments[0], &actions, nil, words, environ)
    guard code == 0 else {
      throw ChildError(description: "\(arguments[0]): \(String(cString: strerror(code)))")
    }
    var status: Int32 = 0
    var usage = rusage()
    wait4(pid, &status, 0, &usage)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    guard status == 0 else {
      throw ChildError(
        description: "\(arguments.joined(separator: " ")): ended with status \(status)")
    }
    return Outcome(
      seconds: seconds, peakMegabytes: Double(usage.ru_maxrss) / 1024,
      output: try String(contentsOf: file, encoding: .utf8))
  }
}

/// What went wrong with a measured process.
struct ChildError: Error, CustomStringConvertible {
  let description: String
}
