internal import ArgumentParser

/// The `inkwell` program.
@main
struct InkwellCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inkwell",
    abstract: "Trains and runs diffusion models.",
    subcommands: [DatasetCommand.self])
}
