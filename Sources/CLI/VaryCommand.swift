internal import ArgumentParser
internal import Inkwell

/// `inkwell vary`: draws a picture anew.
struct VaryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vary",
    abstract: "Draws a picture anew after a prompt (img2img).",
    discussion: """
      inkwell vary melon.png "a watermelon in snow" --strength 0.6
      inkwell vary melon.png --subtle --count 4 --output melons/

      The picture is noised as far as the strength says, and drawn from there. The names of the \
      pictures go to standard output, everything else to standard error.
      """, aliases: ["img2img"])

  @Argument(help: "The picture to begin with.", completion: .file())
  var picture: String

  @Argument(help: "What to draw.")
  var prompt = ""

  @Option(help: "How far to go from the picture: above 0 up to 1, which leaves little of it.")
  var strength: Double?

  @Flag(help: "How far, in a word: subtle is a strength of 0.3, strong one of 0.8.")
  var variation: Variation?

  @OptionGroup var drawing: PromptedDrawing

  /// A strength in a word.
  enum Variation: String, EnumerableFlag {
    case subtle, strong

    var strength: Double { self == .subtle ? 0.3 : 0.8 }
  }

  func validate() throws {
    guard strength == nil || variation == nil else {
      throw ValidationError("Give either --strength or --\(variation?.rawValue ?? "").")
    }
  }

  func run() async throws {
    try await drawing.redraw(prompt) {
      try Redraw.Request(
        drawing: $0, picture: picture, strength: strength ?? variation?.strength ?? 0.6)
    }
  }
}
