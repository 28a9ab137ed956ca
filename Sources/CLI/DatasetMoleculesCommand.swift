internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset molecules`: builds the data set of molecules.
struct DatasetMoleculesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "molecules",
    abstract: "Builds a data set of drug-like molecules in SMILES.",
    discussion: """
      The molecules are those of MOSES, on MOSES' own splits, which the pinned package of PyPI \
      brings; it is downloaded with pip, checked and unpacked. On a machine without pip, unpack the \
      package elsewhere and give its folder as --sources. RDKit computes the properties of each \
      molecule that is trained on, a millisecond each on one core.
      """)

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/molecules"

  @Option(help: "How many molecules to train on, at most.")
  var training = MoleculeDataset.standardTraining

  @OptionGroup var packages: DatasetPackages

  func run() async throws {
    try await reportingFailures {
      let build = MoleculeDataset(
        output: URL(filePath: output), training: training,
        sources: packages.sources, cache: packages.cache)
      let summary = try build(report: DatasetPackages.say)
      for (split, count) in summary.molecules.sorted(by: { $0.key < $1.key }) {
        print("\(split): \(count) molecules")
      }
      print(
        "to train on: \(summary.training) molecules, of which RDKit writes \(summary.rewritten) "
          + "otherwise than MOSES")
      print("the molecules are in \(output)")
    }
  }
}
