internal import ArgumentParser
internal import Inkwell

/// `inkwell enlarge`: makes a larger picture of a picture.
struct EnlargeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enlarge",
    abstract: "Makes a larger picture of a picture.",
    discussion: """
      inkwell enlarge cat.png --model ~/models/stable-diffusion-x4-upscaler/
      inkwell enlarge cat.png "a cat" --to 2048x2048 --model ~/models/stable-diffusion-v1-5/ \
      --tile-control ~/models/control_v11f1e_sd15_tile/

      A model that was trained for it sees the picture and makes it four times as wide and high, or \
      twice if it enlarges latents; what another size is asked for is resampled to that. Other \
      models draw the \
      enlarged picture anew, as `inkwell vary` does, best with a ControlNet for tiles. Both work in \
      overlapping windows of the size that they were trained for, or of that of --window.
      """)

  @Argument(help: "The picture.", completion: .file())
  var picture: String

  @Argument(help: "What it shows.")
  var prompt = ""

  @Option(
    help: """
      How large: a size such as 2048x1536, or a factor such as 2 (default: as the model does, or 2).
      """, transform: PictureTarget.argument)
  var to: PictureTarget?

  @Option(
    help: """
      How noisy a model that was trained to enlarge sees the picture: the more, the more it makes \
      up (default: 20).
      """)
  var noiseLevel: Int?

  @Option(help: "How far another model may go from the picture: above 0 up to 1.")
  var strength = 0.35

  @Option(
    help: "The folder of a ControlNet that goes by the enlarged picture; for other models.",
    completion: .directory)
  var tileControl: String?

  @OptionGroup var drawing: PromptedDrawing

  func validate() throws {
    guard to == nil || drawing.drawing.size == nil else {
      throw ValidationError("Give either --to or --size.")
    }
  }

  func run() async throws {
    let control = tileControl.map { Generate.Control(model: $0, picture: picture) }
    try await drawing.redraw(prompt, adding: control) {
      try Redraw.Request(
        drawing: $0, picture: picture, strength: strength,
        conditioning: .enlargement(Redraw.Enlargement(to: to, noiseLevel: noiseLevel)))
    }
  }
}

extension PictureTarget {
  /// The size or the factor that an argument says.
  static func argument(_ text: String) throws -> PictureTarget {
    guard let target = PictureTarget(text) else {
      throw ValidationError(
        "expected a size such as 1024x768 or a factor such as 1.5, found \"\(text)\"")
    }
    return target
  }
}
