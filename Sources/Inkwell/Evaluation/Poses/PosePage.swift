internal import Evaluation
internal import Foundation

/// The page about a model's poses in Markdown.
struct PosePage {
  let figures: PoseFigures
  let request: EvaluatePoses

  private static let names = [
    ("model", "the model"), ("model-shapes", "its poses in the order of shapes"),
    ("random", "random poses in the pocket"), ("vina", "AutoDock Vina"),
  ]

  var markdown: String {
    """
    # How near the poses of \(figures.model) are

    This page was written by the command

    ```sh
    \(command)
    ```

    Every method was told the middle of the pocket and the molecule in SMILES. The model and chance \
    made \(figures.poses) poses of each molecule, put in the order of \(order). \
    Nothing was picked or left out\(failures). All figures and the hashes of the model's files are \
    in [figures.json](figures.json). Ranges hold the true value with 95 % confidence: those of \
    shares are Wilson's, those of means by resampling molecules.

    \(figures.groups.map(section).joined(separator: "\n\n"))

    ## What the figures are

    - Distances are root mean squares over heavy atoms from the known pose, in Å, in the pairing by \
    a symmetry of the molecule that makes them least, without moving the pose: 2 Å is where the field \
    calls a pose found.
    - *First* is the pose that comes first in its order, *nearest* the nearest of all.
    - *Sound* is the share of first poses that lie by the protein and whose atoms clash with none of \
    its, by PoseBusters' measures; waters, ions and cofactors do not count.
    - *Random poses in the pocket* are RDKit's conformers with every bond turned and the whole \
    turned at random, their middles \(PageNumber.short(PoseEvaluation.randomShift)) Å from the \
    pocket's along each axis, settled as the model's are: chance, where the pocket is known.
    - No figure says how strongly a molecule binds.
    """ + "\n"
  }

  private var order: String {
    figures.groups.contains { $0.methods["model-shapes"] != nil }
      ? "the model's confidence, and those of chance in that of a score of shapes"
      : "the same score of shapes"
  }

  private var failures: String {
    guard !figures.failed.isEmpty else { return "" }
    let reasons = figures.failed.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
    return " but \(figures.failed.count) molecules: " + reasons.joined(separator: "; ")
  }

  private func section(_ group: PoseFigures.Group) -> String {
    let thresholds = figures.thresholds.map { "≤ \(PageNumber.short($0)) Å" }
    let head =
      [""] + thresholds.map { "first \($0)" } + thresholds.map { "nearest \($0)" }
      + ["first, Å", "sound"]
    let rows = Self.names.compactMap { key, name -> [String]? in
      guard let judged = group.methods[key] else { return nil }
      return [name] + judged.first.map { PageNumber.share($0) }
        + judged.nearest.map { PageNumber.share($0) }
        + [PageNumber.estimate(judged.distance, digits: 2), PageNumber.share(judged.isSound)]
    }
    return """
      ## \(group.molecules) \(group.name)

      By \(group.targets) proteins.

      \(markdownTable([head] + rows))

      Molecule by molecule, the model's first pose less the first of chance: \
      \(PageNumber.estimate(group.gain, digits: 2)) Å; below 0 the model is nearer.
      """
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.molecules,
      usual: EvaluatePoses(model: "", data: "", output: "").molecules, seed: request.seed,
      output: request.output)
  }
}
