internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Training

/// `inkwell train`: trains what a recipe describes, or goes on where it stopped.
struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a model from a recipe, or goes on where an earlier run stopped.",
    discussion: """
      The folder of the run gets checkpoints, a loss curve (loss.csv), sample pictures and, as \
      often as these, the model itself. Run the same command again to go on after any stop.
      """)

  @Argument(help: "A JSON file that says what is trained, on what, and how.", completion: .file())
  var recipe: String

  @Option(help: "The folder of the run.", completion: .directory)
  var output: String

  @Option(help: "Another folder of pictures than the recipe's.", completion: .directory)
  var data: String?

  @Option(help: "Another number of steps than the recipe's.")
  var steps: Int?

  @OptionGroup var threads: Threads

  @Flag(help: "Print no progress.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      var recipe = try TrainingRecipe(contentsOf: URL(filePath: recipe))
      try recipe.override(data: data, steps: steps)
      threads.apply()
      let line = ProgressLine(isQuiet: quiet)
      defer { line.finish() }
      let interrupts = Interrupts()
      try recipe.train(folder: URL(filePath: output), onStart: { interrupts.stop($0) }) { report in
        switch report {
        case .note(let sentence): line.note(sentence)
        case .progress(let progress): line.show(progress)
        }
      }
    }
  }
}
