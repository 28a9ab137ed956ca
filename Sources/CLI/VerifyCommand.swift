internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Torch
internal import Verification

/// `inkwell verify`: measures whether the mathematics is what it claims to be.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Measures whether the mathematics is what it claims to be.",
    discussion: """
      inkwell verify
      inkwell verify --output verification/
      inkwell verify --mixture mixture.json --only heun,dpmpp-2m

      Runs every sampler, guidance rule and method on cases whose answers are known exactly, and \
      prints what is claimed beside what was measured. A mixture is a JSON object such as \
      {"weights": [0.4, 0.6], "means": [-1, 2], "deviations": [0.5, 1]}.

      Exit codes: 0 every line holds, 1 the run failed, 3 the mixture is not sound, 4 a line does \
      not hold, 64 wrong usage, 130 interrupted.
      """)

  @Option(
    help: "A JSON file with weights, means and deviations (default: a mixture of three).",
    completion: .file())
  var mixture: String?

  @Option(
    help: "The folder that index.html and verification.json are written into.",
    completion: .directory)
  var output: String?

  @Option(help: "The names of what to verify, separated by commas (default: everything).")
  var only: String?

  @Option(help: "The threads of one operation; tensors are so small that more only wait.")
  var threads = 1

  @Flag(help: "Print the lines as JSON.")
  var json = false

  @Flag(help: "Say nothing of the progress.")
  var quiet = false

  func validate() throws {
    guard threads > 0 else { throw ValidationError("--threads must be at least 1.") }
  }

  func run() async throws {
    try await reportingFailures {
      Machine.threads = threads
      let verify = Verify(
        mixture: mixture, output: output, only: only?.split(separator: ",").map(String.init))
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let line = ProgressLine(isQuiet: quiet)
      let proof = try verify(until: stop) { progress in
        line.show("\(progress.subject): \(progress.done + 1) of \(progress.all)")
      }
      line.clear()
      let text = json ? try proof.json() : proof.description
      try FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))
      guard proof.holds else { throw ExitCode.unproven }
    }
  }
}
