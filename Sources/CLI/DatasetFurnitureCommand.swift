internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset furniture`: builds the data set of coloured points of furniture.
struct DatasetFurnitureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "furniture",
    abstract: "Builds the data set of furniture, points in space, from a package of Debian.",
    discussion: """
      The pinned package is downloaded with apt-get, checked and unpacked. On a machine without \
      it, unpack the package elsewhere and give its folder as --sources.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/furniture"

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let build = FurnitureDataset(
        output: URL(filePath: output), sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      for (kind, count) in summary.byKind.sorted(by: { $0.key < $1.key }) {
        print("\(kind): \(count) shapes")
      }
      print("\(summary.nearlyEqual) shapes are nearly the same as one before")
      print("\(summary.heldOut) shapes are held out")
      print("\(summary.shapes) shapes are in \(output)")
    }
  }
}
