internal import ArgumentParser
internal import Inkwell

/// The `inkwell` program.
@main
struct InkwellCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inkwell",
    abstract: "Trains and runs diffusion models.",
    version: Program.version,
    subcommands: [
      GenerateCommand.self, RegenerateCommand.self, ModelCommand.self, TrainCommand.self,
      EvaluateCommand.self, DatasetCommand.self,
    ])
}
