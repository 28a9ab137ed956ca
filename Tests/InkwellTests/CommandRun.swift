import Foundation
import TestSupport
import Testing

/// A run of the `inkwell` program in a folder, as a shell starts it.
///
/// Its words go to files, so that no pipe fills up.
struct CommandRun {
  /// What a finished run said.
  struct Output {
    let status: Int32
    let output: String
    let errors: String
  }

  private let process = Process()
  private let words: [URL]

  /// Starts the program, or another one, whose standard error is the terminal if there is one.
  init(
    _ arguments: [String], in folder: TemporaryFolder, of program: URL? = nil, input: String = "",
    terminal: PseudoTerminal? = nil
  ) throws {
    let number = UUID().uuidString
    words = try ["in", "out", "err"].map { name in
      try folder.write(name == "in" ? Array(input.utf8) : [], to: ".\(number).\(name)")
    }
    process.executableURL = try program ?? Self.program()
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = terminal == nil ? [:] : ["TERM": "xterm-kitty"]
    process.standardInput = try FileHandle(forReadingFrom: words[0])
    process.standardOutput = try FileHandle(forWritingTo: words[1])
    process.standardError = try terminal?.device ?? FileHandle(forWritingTo: words[2])
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// What it wrote to standard error until now.
  var errors: String { text(of: words[2]) }

  func interrupt() { process.interrupt() }

  /// Kills the program; answers whether that is what ended it.
  func kill() -> Bool {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL
  }

  func finish() -> Output {
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus, output: text(of: words[1]), errors: text(of: words[2]))
  }

  private func text(of file: URL) -> String {
    String(
      decoding: FileManager.default.contents(atPath: file.path(percentEncoded: false)) ?? Data(),
      as: UTF8.self)
  }

  /// The program, which is built beside the tests.
  static func program() throws -> URL {
    let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    let own = bundles.first ?? URL(filePath: CommandLine.arguments[0])
    let folders = [own, Bundle.main.bundleURL.appending(path: "x")]
      .map { $0.deletingLastPathComponent() }
    return try #require(
      folders.map { $0.appending(path: "inkwell") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path(percentEncoded: false)) },
      "no inkwell beside \(own.path(percentEncoded: false))")
  }
}
