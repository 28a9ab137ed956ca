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

  @Option(help: "How far to go from the repeated edge: above 0 up to 1, which starts from noise.")
  var strength = 1.0

  @Flag(help: "Put the picture's own pixels back.")
  var paste = false

  @OptionGroup var drawing: PromptedDrawing

  func run() async throws {
    let margins = Redraw.Margins(left: left, top: top, right: right, bottom: bottom)
    try await drawing.run(prompt) {
      try Redraw.Request(
        drawing: $0, picture: picture, strength: strength, region: .beyond(margins),
        pastes: paste ? true : nil)
    }
  }
}
