internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell edges`: finds the edges in a picture.
struct EdgesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edges",
    abstract: "Finds the edges in a picture, for a ControlNet that goes by them.",
    discussion: """
      inkwell edges bridge.jpg --size 768x512 --output edges.png

      By Canny's method, to the pixel as OpenCV does it with the same thresholds.
      """)

  @Argument(help: "The picture.", completion: .file())
  var picture: String

  @Option(help: "The PNG file to write.", completion: .file())
  var output = "edges.png"

  @Option(
    help: "Width and height to bring the picture to before (default: its own).",
    transform: PictureSize.argument)
  var size: PictureSize?

  @Option(help: "The least change, 0 to 2040, of an edge that goes on from another.")
  var low = 100

  @Option(help: "The least change, 0 to 2040, of an edge that begins.")
  var high = 200

  @Flag(help: "Replace a file that is there.")
  var force = false

  func run() async throws {
    try await reportingFailures {
      let file = URL(filePath: output)
      try FindEdges(picture: picture, size: size, low: low, high: high)(
        writing: file, replacing: force)
      print(output)
    }
  }
}
