internal import Evaluation
internal import Foundation

/// The page about a model's conformers in Markdown.
struct ConformerPage {
  let figures: ConformerFigures
  let request: EvaluateConformers

  private static let names = [
    ("model", "the model"), ("etkdg", "RDKit's ETKDG"), ("random", "random torsions"),
    ("matched", "best torsions"),
  ]

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the command

    ```sh
    \(command)
    ```

    \(figures.molecules) molecules, each of a scaffold of its own that the model was not trained on, \
    are known in one conformer each, as it was seen bound to a protein. Of each, every method made \
    \(figures.conformers) conformers from the molecule without places. Nothing was picked or left \
    out\(figures.withoutConformer == 0 ? "" : " but \(figures.withoutConformer) molecules that RDKit found no conformer of"). \
    All figures and the hashes of the model's files are in [figures.json](figures.json); ranges hold \
    the true value with 95 % confidence, by resampling the molecules.

    ## Is the true conformer among them?

    \(table("the nearest conformer, Å", \.recall, \.nearest))

    ## Are all of them near it?

    \(table("all conformers, Å", \.precision, \.mean))

    ## By the number of bonds that turn

    The distance of the nearest conformer in Å.

    \(groups)

    ## What the figures are

    - Distances are root mean squares over all atoms but hydrogens, in Å, after the best motion and in \
    the pairing by a symmetry of the molecule that makes them least.
    - **≤ 0.75 Å** and the others: the share of molecules of which one of the \(figures.conformers) \
    conformers is as near (the field's recall coverage), and below the share of all conformers that \
    are (precision coverage). With many true conformers of a molecule known, the field asks how many \
    of them are found; here one is known, so a conformer that is far from it need not be wrong.
    - *The model* turns the bonds of RDKit's conformers. *RDKit's ETKDG* are these before. *Random \
    torsions* are these with every bond turned at random: chance. *Best torsions* are these with \
    the torsions that bring them nearest to the true conformer: about the floor of what turning bonds \
    can reach.
    - *The model less ETKDG* is the mean of the difference, molecule by molecule.
    """ + "\n"
  }

  private func table(
    _ name: String, _ shares: (ConformerFigures.Judged) -> [Estimate],
    _ distance: (ConformerFigures.Judged) -> Estimate
  ) -> String {
    let thresholds = figures.thresholds.map { "≤ \(PageNumber.short($0)) Å" }
    func row(_ name: String, _ judged: ConformerFigures.Judged) -> [String] {
      [name] + shares(judged).map { PageNumber.share($0) }
        + [PageNumber.estimate(distance(judged), digits: 2)]
    }
    let rows = Self.names.compactMap { key, name in figures.methods[key].map { row(name, $0) } }
    return markdownTable(
      [[""] + thresholds + [name]] + rows + [row("the model less ETKDG", figures.gain)])
  }

  private var groups: String {
    markdownTable(
      [["bonds that turn", "molecules"] + Self.names.map(\.1)]
        + figures.groups.map { group in
          let range = group.most.map { "\(group.least) to \($0)" } ?? "\(group.least) or more"
          return [range, "\(group.molecules)"]
            + Self.names.map { key, _ in
              group.nearest[key].map { PageNumber.estimate($0, digits: 2) } ?? ""
            }
        })
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.molecules,
      usual: EvaluateConformers(data: "", output: "").molecules, seed: request.seed,
      output: request.output)
  }
}
