internal import ArgumentParser
internal import Foundation

/// `inkwell dataset`: what has to do with data sets.
struct DatasetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Builds and inspects data sets.",
    subcommands: [
      DatasetConformersCommand.self, DatasetDigitsCommand.self, DatasetEmojiCommand.self,
      DatasetFurnitureCommand.self, DatasetMoleculesCommand.self, DatasetMusicCommand.self,
      DatasetPosesCommand.self, DatasetSpritesCommand.self, DatasetStampsCommand.self,
      DatasetInspectCommand.self,
    ])
}
