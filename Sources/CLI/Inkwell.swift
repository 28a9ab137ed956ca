internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// The `inkwell` program.
@main
struct Main {
  /// Runs the command of the arguments, and ends without LibTorch's destructors: they take as long
  /// as a picture's last steps, and free what the system takes back anyway.
  static func main() async {
    await InkwellCommand.main()
    fflush(nil)
    _exit(EXIT_SUCCESS)
  }
}

/// All commands.
struct InkwellCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inkwell",
    abstract: "Trains and runs diffusion models.",
    version: Program.version,
    subcommands: [
      GenerateCommand.self, VaryCommand.self, InpaintCommand.self, OutpaintCommand.self,
      EditCommand.self, EnlargeCommand.self, EdgesCommand.self, GridCommand.self,
      TuneCommand.self, SampleCommand.self, MusicCommand.self, ShapeCommand.self, VideoCommand.self,
      WorldCommand.self, DriftCommand.self, CaptionCommand.self, ConformersCommand.self,
      DockCommand.self, MoleculesCommand.self,
      RegenerateCommand.self, InspectCommand.self,
      ModelCommand.self, TrainCommand.self, EvaluateCommand.self, AuditCommand.self,
      SearchCommand.self,
      CurveCommand.self,
      LikelihoodCommand.self, VerifyCommand.self, DatasetCommand.self,
      SynthesizeCommand.self,
    ])
}
