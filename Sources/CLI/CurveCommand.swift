internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell curve`: measures quality against steps, samplers and guidance.
struct CurveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curve",
    abstract: "Measures how good a model's pictures are by steps, sampler and guidance.",
    discussion: """
      inkwell curve runs/ddpm/model --data data/digits --features runs/features/model \
      --output curves/

      Every point draws the same labels from the same noise. Written are curve.csv, curve.json, \
      the plots, and points.png: a row of pictures for each point. Beside the samplers of \
      `inkwell verify` there are ddim:ETA, reverse-diffusion, corrector and \
      reverse-diffusion-corrector.
      """)

  @Argument(help: "The folders of trained models.", completion: .directory)
  var models: [String]

  @Option(help: "The folder of pictures that the models were trained on.", completion: .directory)
  var data: String

  @Option(
    help: "The folder of a classifier of clean pictures, which tells what they show.",
    completion: .directory)
  var features: String

  @Flag(help: "Compare pixels, in squares of two by two, in place of the classifier's features.")
  var pixels = false

  @Option(help: "The folder that the figures are written into.", completion: .directory)
  var output: String

  @Option(help: ArgumentHelp("The samplers, separated by commas.", valueName: "a,b"))
  var samplers = "ddpm,ddim,dpmpp-2m"

  @Option(help: ArgumentHelp("The numbers of steps, separated by commas.", valueName: "n,m"))
  var steps = "5,10,20,50,100"

  @Option(
    help: ArgumentHelp(
      "Guidance scales, separated by commas (default: no guidance).", valueName: "w,v"))
  var guidance: String?

  @Option(
    help: "The folder of a classifier of noisy pictures, which then guides.",
    completion: .directory)
  var classifier: String?

  @Option(help: "The pictures of a point.")
  var pictures = 500

  @Option(help: "The seed of the first picture.")
  var seed: UInt64 = 0

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  func validate() throws {
    _ = try numbers(steps, "--steps", { Int($0) })
    _ = try guidance.map { try numbers($0, "--guidance", { Double($0) }) }
  }

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      var curve = Curve(models: models, data: data, features: features, output: output)
      curve.comparison = pixels ? .pixels : .features
      curve.samplers = samplers.split(separator: ",").map(String.init)
      curve.steps = try numbers(steps, "--steps", { Int($0) })
      curve.scales = try guidance.map { try numbers($0, "--guidance", { Double($0) }) } ?? []
      curve.guide = classifier
      curve.pictures = pictures
      curve.seed = seed
      let figures = try watched(quiet: quiet) { try curve(until: $0, report: $1) }
      if !quiet { try FileHandle.standardOutput.write(contentsOf: Data(figures.csv.utf8)) }
    }
  }
}

/// The numbers of a list between commas.
///
/// - Parameters:
///   - text: The list.
///   - option: The option that it is of.
///   - number: Reads one.
/// - Returns: The numbers.
/// - Throws: `ValidationError` for what is no number.
func numbers<Number>(
  _ text: String, _ option: String, _ number: (String) -> Number?
) throws -> [Number] {
  try text.split(separator: ",").map { part in
    guard let value = number(String(part)) else {
      throw ValidationError("\(option): expected numbers between commas, found \(part)")
    }
    return value
  }
}

/// Runs a task that can be interrupted, and shows how far it is.
@discardableResult
func watched<Result>(
  quiet: Bool, _ task: (StopSignal, @escaping (EvaluationReport) -> Void) throws -> Result
) throws -> Result {
  let stop = StopSignal()
  let interrupts = Interrupts()
  interrupts.onInterrupt { stop.request() }
  let line = ProgressLine(isQuiet: quiet)
  defer { withExtendedLifetime(interrupts) { line.clear() } }
  return try task(stop) { report in
    switch report {
    case .note(let sentence): line.note(sentence)
    case .progress(let part):
      line.show(
        "\(part.activity): \(part.done) of \(part.all) · \(duration(part.secondsToGo)) to go",
        isLast: part.done == part.all)
    }
  }
}
