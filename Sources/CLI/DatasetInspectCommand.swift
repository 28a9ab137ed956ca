internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell dataset inspect`: shows what is in a data set.
struct DatasetInspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows the figures of a data set of pictures, and a contact sheet.")

  @Argument(help: "A folder of pictures with metadata.jsonl.", completion: .directory)
  var folder: String

  @Option(help: "Where to write a contact sheet (PNG, JPEG or WebP).", completion: .file())
  var output: String?

  @Option(help: "How many pictures the contact sheet shows.")
  var count = 96

  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count must be at least 1.") }
  }

  func run() async throws {
    try await reportingFailures {
      if let output { _ = try ImageFormat(fileName: output) }
      let inspection = try DatasetInspection(URL(filePath: folder))
      print(json ? try inspection.figures.json() : inspection.figures.description)
      guard let output else { return }
      try inspection.saveContactSheet(count: count, to: URL(filePath: output))
      FileHandle.standardError.write(Data("The contact sheet is in \(output)\n".utf8))
    }
  }
}
