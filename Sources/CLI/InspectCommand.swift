internal import ArgumentParser
internal import Inkwell

/// `inkwell inspect`: says how a picture was made.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says how a picture was made, from what its file carries.",
    discussion: """
      Inkwell's own pictures, and those of AUTOMATIC1111's program and all that write its text, of \
      ComfyUI, InvokeAI and NovelAI. The names of their samplers are followed by ours.
      """)

  @Argument(
    help: "A PNG, JPEG or WebP file.",
    completion: .file(extensions: ["png", "jpg", "jpeg", "webp"]))
  var picture: String

  @Flag(help: "Print what is found as JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let settings = try InspectPicture(path: picture)()
      if json { try printJSON(settings) } else { print(settings) }
    }
  }
}
