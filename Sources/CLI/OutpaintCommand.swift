internal import ArgumentParser
internal import Inkwell

/// `inkwell outpaint`: extends a picture.
struct OutpaintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outpaint",
    abstract: "Extends a picture beyond its edges.",
    discussion: """
      inkwell outpaint room.png "a wide room" --left 128 --right 128
      """)

  @Argument(help: "The picture.", completion: .file())
  var picture: String

  @Argument(help: "What to draw.")
  var prompt = ""

  @Option(help: "How many pixels to add to the left.")
  var left = 0

  @Option(help: "How many pixels to add above.")
  var top = 0

  @Option(help: "How many pixels to add to the right.")
  var right = 0

  @Option(help: "How many pixels to add below.")
  var bottom = 0

  @OptionGroup var repainting: Repainting

  @OptionGroup var drawing: PromptedDrawing

  func run() async throws {
    let margins = Redraw.Margins(left: left, top: top, right: right, bottom: bottom)
    try await drawing.redraw(prompt) { try repainting.request($0, of: picture, .beyond(margins)) }
  }
}
