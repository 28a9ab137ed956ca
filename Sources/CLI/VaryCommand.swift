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

  @Option(
    help: """
      A picture that is light where things are near and dark where they are far, for models that \
      see depths.
      """, completion: .file())
  var depth: String?

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
    let strength = strength ?? variation?.strength ?? (depth == nil ? 0.6 : 0.8)
    try await drawing.redraw(prompt) { drawing in
      try depth.map {
        try Redraw.Request(
          drawing: drawing, picture: picture, strength: strength, conditioning: .depth($0))
      } ?? Redraw.Request(drawing: drawing, picture: picture, strength: strength)
    }
  }
}
