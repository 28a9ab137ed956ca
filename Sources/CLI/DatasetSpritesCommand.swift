internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset sprites`: builds the data set of sprite animations.
struct DatasetSpritesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sprites",
    abstract: "Builds the data set of sprite animations from a package of Debian.",
    discussion: """
      The pinned package is downloaded with apt-get, checked and unpacked. On a machine without \
      it, unpack the package elsewhere and give its folder as --sources.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/sprites"

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let build = SpriteDataset(
        output: URL(filePath: output), sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      for (action, count) in summary.byAction.sorted(by: { $0.key < $1.key }) {
        print("\(action): \(count) clips")
      }
      print("\(summary.heldOut) clips of \(summary.heldOutUnits) units are held out")
      print("\(summary.clips) clips of \(summary.units) units are in \(output)")
    }
  }
}
