internal import ArgumentParser
internal import Inkwell

/// `inkwell edit`: changes a picture as it is told.
struct EditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Changes a picture as an instruction says.",
    discussion: """
      inkwell edit street.png "make it snow" --model ~/models/instruct-pix2pix/

      For models that were trained for it (InstructPix2Pix, CosXL's edit model).
      """)

  @Argument(help: "The picture.", completion: .file())
  var picture: String

  @Argument(help: "What to do.")
  var instruction: String

  @Option(
    help: """
      How closely to keep to the picture, beside --guidance, which is how closely to follow the \
      instruction; 1 is off.
      """)
  var pictureGuidance = 1.5

  @OptionGroup var drawing: PromptedDrawing

  func run() async throws {
    try await drawing.redraw(instruction) {
      try Redraw.Request(
        drawing: $0, picture: picture,
        conditioning: .instruction(pictureGuidance: pictureGuidance))
    }
  }
}
