internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset stamps`: builds the data set of photographs and drawings with sentences.
struct DatasetStampsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stamps",
    abstract: "Builds the data set of stamps, pictures with a sentence each, from Debian.",
    discussion: """
      The pinned package is downloaded with apt-get, checked and unpacked. On a machine without \
      it, unpack the package elsewhere and give its folder as --sources.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/stamps"

  @Option(help: "Width and height of the pictures in pixels.")
  var size = 128

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      var build = StampDataset(
        output: URL(filePath: output), sources: packages.sources, cache: packages.cache)
      build.size = size
      let summary = try build(report: DatasetPackages.say)
      for (group, count) in summary.byGroup.sorted(by: { $0.key < $1.key }) {
        print("\(group): \(count) pictures")
      }
      print(
        "\(summary.leftOut.count) files are left out, of which nothing is said or that cannot be read"
      )
      print("\(summary.heldOut) pictures are held out")
      print("\(summary.pictures) pictures of \(size) x \(size) are in \(output)")
    }
  }
}
