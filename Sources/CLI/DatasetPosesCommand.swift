internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell dataset poses`: builds the data set of poses.
struct DatasetPosesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "poses",
    abstract: "Builds a data set of molecules docked to proteins.",
    discussion: """
      Reads a folder of docked molecules: for each target a .json that says what was docked, a .pdb \
      and a .sdf, as Data/poses/dock.py makes them with AutoDock Vina. Each pose is read, compared \
      with its molecule and measured; what is left out is told.
      """)

  @Option(help: "The folder of docked molecules.", completion: .directory)
  var docked = "data/docked"

  @Option(help: "The folder to make.", completion: .directory)
  var output = "data/poses"

  @Option(help: "Leave out poses of a higher energy than this, in kcal/mol.")
  var energy = PoseDataset.standardEnergy

  func run() async throws {
    try await reportingFailures {
      let build = PoseDataset(
        docked: URL(filePath: docked), output: URL(filePath: output), energy: energy)
      let summary = try build(report: DatasetPackages.say)
      for (reason, count) in summary.leftOut.sorted(by: { $0.key < $1.key }) {
        print("\(count) left out: \(reason)")
      }
      for (split, count) in summary.poses.sorted(by: { $0.key < $1.key }) {
        print("\(split): \(count) poses by \(summary.targets[split] ?? 0) proteins")
      }
      print("the poses are in \(output)")
    }
  }
}
