internal import ArgumentParser
internal import Inkwell

/// `inkwell outpaint`: extends a picture.
struct OutpaintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "outpaint",
    abstract: "Extends a picture beyond its edges.",
    discussion: """
      inkwell outpaint room.png "a wide room" --left 128 --right 128
      inkwell outpaint room.png "a wide room" --zoom-out 1.5
      inkwell outpaint room.png "a wide room" --pan left=128
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

  @Option(
    help: "Show so many times as much around the picture, in its own size: above 1 up to 8.")
  var zoomOut: Double?

  @Option(
    help: ArgumentHelp(
      "Move the view by so many pixels to a side, in the picture's own size. Repeatable.",
      valueName: "side=pixels"), transform: Side.init)
  var pan: [Side] = []

  @OptionGroup var repainting: Repainting

  @OptionGroup var drawing: PromptedDrawing

  /// A side, and how far to go there.
  struct Side {
    let path: WritableKeyPath<Redraw.Margins, Int>
    let pixels: Int

    init(_ text: String) throws {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let path = Self.paths[parts[0]], let pixels = Int(parts[1]) else {
        throw ValidationError(
          "expected left, right, top or bottom and pixels, such as left=128, found \"\(text)\"")
      }
      self.path = path
      self.pixels = pixels
    }

    private static var paths: [String: WritableKeyPath<Redraw.Margins, Int>] {
      ["left": \.left, "right": \.right, "top": \.top, "bottom": \.bottom]
    }
  }

  func validate() throws {
    let ways = [[left, top, right, bottom].contains { $0 != 0 }, zoomOut != nil, !pan.isEmpty]
    guard ways.filter({ $0 }).count == 1 else {
      throw ValidationError("Give either pixels to add, such as --left, or --zoom-out, or --pan.")
    }
  }

  private var region: Redraw.Region {
    if let zoomOut { return .zoomedOut(zoomOut) }
    guard pan.isEmpty else {
      return .panned(pan.reduce(into: Redraw.Margins()) { $0[keyPath: $1.path] = $1.pixels })
    }
    return .beyond(Redraw.Margins(left: left, top: top, right: right, bottom: bottom))
  }

  func run() async throws {
    try await drawing.redraw(prompt) { try repainting.request($0, of: picture, region) }
  }
}
