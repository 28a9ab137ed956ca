internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell tune`: finds the fastest settings of a model.
struct TuneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Finds the settings with which a model draws fastest here.",
    discussion: """
      inkwell tune "a slice of watermelon" "a red apple" --likeness 30
      inkwell tune "a castle" --model ~/models/stable-diffusion-v1-5/ --seconds 60 --try-steps 8,12,20

      The prompts are drawn with many steps, and then with every sampler and number of steps; what \
      does well is tried again with a cache (--cache-interval and --cache-threshold of `inkwell \
      generate`), with merged tokens, with guidance for a part of the steps and in fewer bits. Likeness is the \
      peak signal-to-noise ratio to the pictures of many steps, in decibels. Written are the \
      settings that no others beat in both respects, fastest first.
      """)

  @Argument(help: "What to draw.")
  var prompts: [String]

  @Option(
    help: "A model's name, the path of its folder, or a file of weights (default: inkwell-emoji).")
  var model: String?

  @Option(help: "Pictures of each prompt.")
  var count = 1

  @Option(help: "The seed of the first picture; each next one has the next.")
  var seed: UInt64 = 0

  @Option(help: "Find the fastest that is at least so much alike, in decibels (default: 30).")
  var likeness: Double?

  @Option(help: "Find the most alike that takes at most so many seconds a picture.")
  var seconds: Double?

  @Option(help: "The steps of the pictures that all are compared with.")
  var referenceSteps = 100

  @Option(help: ArgumentHelp("The samplers, separated by commas.", valueName: "a,b"))
  var trySamplers = "dpmpp-2m,unipc,ddim"

  @Option(help: ArgumentHelp("The numbers of steps, separated by commas.", valueName: "n,m"))
  var trySteps = "4,5,6,8,10,12,16,20,25,30"

  @Option(
    help: ArgumentHelp(
      "The precisions besides, separated by commas (default: those that this processor is faster in).",
      valueName: "a,b"))
  var tryPrecisions: String?

  @OptionGroup(title: "How to draw besides") var drawing: Drawing

  @OptionGroup var threads: Threads

  @Flag(help: "Print all trials as JSON.")
  var json = false

  @Flag(help: "Say nothing but the result and errors.")
  var quiet = false

  func validate() throws {
    guard likeness == nil || seconds == nil else {
      throw ValidationError("Give --likeness or --seconds, not both.")
    }
    for (name, isGiven) in [
      ("steps", drawing.steps != nil), ("sampler", drawing.sampler != nil),
      ("cache-interval", drawing.cacheInterval != nil),
      ("cache-threshold", drawing.cacheThreshold != nil),
      ("merge-tokens", drawing.mergeTokens != nil), ("guidance-end", drawing.guidanceEnd != nil),
    ] where isGiven {
      throw ValidationError("Leave out --\(name), which is what is tuned.")
    }
    _ = try numbers(trySteps, "--try-steps") { Int($0) }
  }

  func run() async throws {
    try await reportingFailures {
      let drawing = try Generate.Request(
        prompts: prompts, model: model ?? "inkwell-emoji", count: count, seed: seed,
        options: drawing.options)
      var tune = Tune(drawing: drawing)
      tune.referenceSteps = referenceSteps
      tune.samplers = trySamplers.split(separator: ",").map(String.init)
      tune.steps = try numbers(trySteps, "--try-steps") { Int($0) }
      if let tryPrecisions {
        tune.precisions = try tryPrecisions.split(separator: ",").map {
          try Precision.argument(String($0))
        }
      }
      tune.likeness = likeness ?? tune.likeness
      tune.seconds = seconds
      let workshop = Workshop(threads: threads.count)
      let tuning = try watched(quiet: quiet) { try tune(workshop, until: $0, report: $1) }
      print(json ? try tuning.json() : table(tuning))
    }
  }

  /// The settings of the front, and the best of them.
  private func table(_ tuning: Tuning) -> String {
    var lines = ["seconds  decibels  settings"]
    for trial in tuning.front {
      let seconds = String(format: "%7.2f", trial.seconds)
      let likeness = String(format: "%8.1f", trial.likeness)
      lines.append("\(seconds)  \(likeness)  \(trial.flags)")
    }
    lines.append(
      tuning.best.map { "best: \($0.flags)" }
        ?? "best: none is within the limit; the nearest is at the \(tuning.nearest) of the list")
    return lines.joined(separator: "\n")
  }
}

extension Tuning {
  /// Where in the list the settings are that come nearest to the limit.
  fileprivate var nearest: String {
    switch limit {
    case .likeness: "end"
    case .seconds: "beginning"
    }
  }
}
