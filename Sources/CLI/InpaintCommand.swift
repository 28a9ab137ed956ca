internal import ArgumentParser
internal import Inkwell

/// `inkwell inpaint`: draws a part of a picture anew.
struct InpaintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inpaint",
    abstract: "Draws what a mask covers in a picture anew.",
    discussion: """
      inkwell inpaint room.png mask.png "a cat on the sofa"

      The mask is a picture of the same size: white is drawn anew, black is kept. Models that were \
      trained for it are told the mask; with others the kept part is put back after each step.
      """)

  @Argument(help: "The picture.", completion: .file())
  var picture: String

  @Argument(help: "The mask.", completion: .file())
  var mask: String

  @Argument(help: "What to draw.")
  var prompt = ""

  @Flag(help: "Blend the grey parts of the mask; else they count as black or white.")
  var soft = false

  @Flag(
    help: """
      Take the grey of the mask for how much to change: each place is drawn freely in that share of \
      the steps, and follows the picture before.
      """)
  var differential = false

  @OptionGroup var repainting: Repainting

  @OptionGroup var drawing: PromptedDrawing

  func validate() throws {
    guard !(soft && differential) else {
      throw ValidationError("Give either --soft or --differential.")
    }
  }

  func run() async throws {
    let region: Redraw.Region = differential ? .changed(mask) : .mask(mask, isSoft: soft)
    try await drawing.redraw(prompt) {
      try repainting.request($0, of: picture, region)
    }
  }
}
