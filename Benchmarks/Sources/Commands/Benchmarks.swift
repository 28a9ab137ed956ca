internal import ArgumentParser

/// Compares Inkwell with Python's libraries, in one run on one machine.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Compares Inkwell with PyTorch, diffusers and OpenVINO.",
    subcommands: [
      Compare.self, SetUp.self, MeasurePeak.self, SamplerSteps.self, Check.self, Measure.self,
      MeasureNetwork.self,
    ], defaultSubcommand: Compare.self)
}
