internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset music`: builds the music data set.
struct DatasetMusicCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "music",
    abstract: "Builds a data set of folk tunes played on eight instruments.",
    discussion: """
      The pinned packages are downloaded with apt-get and pip, checked and unpacked, and the tunes \
      are played by FluidSynth. On a machine without these tools, unpack the packages elsewhere and \
      give their folder as --sources.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/music"

  @Option(help: "Clips of each tune, each of another part, on another instrument or faster.")
  var clipsPerTune = 3

  @Option(help: "How many tunes to play (default: all).")
  var tunes: Int?

  @Flag(help: "Also have each clip's notes sung, or played on another instrument.")
  var melodies = false

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let build = MusicDataset(
        output: URL(filePath: output), clipsPerTune: clipsPerTune, tunes: tunes,
        melodies: melodies,
        sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      let leftOut = summary.leftOut.values.reduce(0, +)
      print("\(summary.tunes) tunes were played, \(leftOut) could not be read")
      print("\(summary.heldOut) clips are held out")
      print("\(summary.clips) clips of 4.096 seconds are in \(output)")
    }
  }
}
