internal import ArgumentParser
internal import Inkwell

/// `inkwell world`: drives on a street that a model makes up.
struct WorldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "world",
    abstract: "Makes a clip of a drive, each frame from those before it and from an action.",
    discussion: """
      inkwell world "faster 1, stay 40, left 6, stay 30, right 6, stay 60" --output drive.mp4
      inkwell world "stay 20, slower 2, stay 10, faster 2" --frames 300 --weather night \\
        --compare --output drive.gif

      The actions are stay, left, right, faster and slower, each with the number of frames that it \
      is held for. The clip begins with a few frames of the simulator; all others are the model's. \
      It carries how it was made: see `inkwell regenerate`.

      Exit codes: 0 the clip is made, 1 the run failed, 2 not enough memory, 3 a model or a file is \
      not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "What is done; after its end from its beginning.")
  var actions: String

  @Option(
    help: "The model's name, or the path of its folder; none of a world comes with the program yet."
  )
  var model = "inkwell-street"

  @Option(help: "What the noise depends on (default: at random).")
  var seed: UInt64?

  @Option(help: "The street of the simulator that it begins on.")
  var street: UInt64 = 0

  @Option(help: "The weather: day, night, rain or snow.")
  var weather = StreetWeather.day.rawValue

  @OptionGroup(title: "How to make it") var making: Making

  @OptionGroup var result: ClipOutput

  /// How a rollout is made and shown.
  struct Making: ParsableArguments {
    @Option(help: "How many frames to make (default: as many as there are actions).")
    var frames: Int?

    @Option(help: "Steps from noise to a frame (default: the model's).")
    var steps: Int?

    @Option(help: "How many pixels a pixel becomes in each direction.")
    var scale = 4

    @Flag(help: "Show the simulator to the left, driven by the same actions.")
    var compare = false
  }

  func run() async throws {
    try await reportingFailures {
      let request = try World.Request(
        actions: actions, model: model, seed: seed,
        start: World.Start(street: street, weather: StreetWeather(option: weather)),
        options: World.Options(
          frames: making.frames, steps: making.steps, scale: making.scale,
          isCompared: making.compare))
      let task = World(threads: result.threads.count)
      try await result.write { task(request, until: $0) }
    }
  }
}

extension StreetWeather {
  /// The weather that an option names.
  init(option name: some StringProtocol) throws {
    guard let weather = StreetWeather(rawValue: String(name)) else {
      let known = StreetWeather.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--weather: expected one of \(known), found \(name)")
    }
    self = weather
  }
}
