internal import ArgumentParser

/// The `inkwell` program.
@main
struct InkwellCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inkwell",
    abstract: "Trains and runs diffusion models.",
    subcommands: [DatasetCommand.self, TrainCommand.self])
}
