internal import Foundation

/// A program of the system that is run and waited for.
enum ExternalTool {
  /// Runs a program.
  ///
  /// - Parameters:
  ///   - command: Its name and its arguments.
  ///   - folder: Where it runs; where this program does if not given.
  ///   - hint: What else to do where it fails.
  /// - Returns: What it wrote to its standard output.
  /// - Throws: `DatasetError.tool` with the last of what it said.
  @discardableResult
  static func run(_ command: [String], in folder: URL? = nil, hint: String) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    if let folder { process.currentDirectoryURL = folder }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    let line = command.joined(separator: " ")
    do {
      try process.run()
    } catch {
      throw DatasetError.tool(command: line, reason: "\(error)", hint: hint)
    }
    // Both are read at once, so that neither pipe fills up.
    let complaints = Background { try errors.fileHandleForReading.readToEnd() ?? Data() }
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    let text = String(decoding: try complaints.value(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      // apt warns of what does not matter here, such as a folder that its own user cannot write.
      let lines = text.split(separator: "\n").filter { !$0.hasPrefix("W: ") }
      let reason = lines.suffix(3).joined(separator: "\n")
      throw DatasetError.tool(
        command: line,
        reason: reason.isEmpty ? "it ended with status \(process.terminationStatus)" : reason,
        hint: hint)
    }
    return printed
  }
}
