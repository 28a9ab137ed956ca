internal import Evaluation
internal import Foundation

/// The page about a model's molecules in Markdown.
struct MoleculePage {
  let figures: MoleculeFigures
  let request: EvaluateMolecules

  private var names: [(String, String)] {
    [
      ("model", "the model"), ("chain", "chain of \(figures.order) symbols"),
      ("test", "real: other test molecules"),
      ("test_scaffolds", "real: other test_scaffolds molecules"),
      ("train", "real: molecules that it learnt from"),
    ]
  }
  private static let splits = ["test", "test_scaffolds"]

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the command

    ```sh
    \(command)
    ```

    The model wrote \(request.texts) texts without being asked for anything. Nothing was picked or \
    left out. They are compared with \(figures.reference) molecules each of MOSES' own held-out \
    splits, `test` (of the same kinds as it learnt from) and `test_scaffolds` (of other scaffolds). \
    All figures and the hashes of the files are in [figures.json](figures.json); ranges hold the true \
    value with 95 % confidence.

    ## Are they molecules, different and new?

    \(quality)

    ## Are they like real ones?

    \(likeness)

    ## Do they have what they were asked for?

    For each property, \(figures.asks) texts were written, each asked for the value that a real test \
    molecule has. The mean distance from it, by guidance; *not asked* is what chance gives.

    \(asked(\.error, digits: 3))

    The share of texts that are molecules:

    \(askedShares)

    ## What the figures are

    - **valid**: the share of texts that are molecules to RDKit. **unique**: the share of different \
    ones among the first 1,000 molecules and among all. **novel**: the share of different molecules \
    that are not among the 1,584,663 that MOSES trains on.
    - **diversity**: one less the mean Tanimoto likeness of two molecules, by Morgan fingerprints of \
    radius 2 in 1,024 bits.
    - **Fréchet ChemNet distance**: of what ChemNet sees (Preuer et al. 2018), with the weights of \
    fcd_torch 1.0.7. Sets of \(figures.reference) are compared, which adds to it: the rows of real \
    molecules are the floor. Ranges are by 50 resamples of the texts.
    - **nearest**: the mean likeness to the nearest held-out molecule. **scaffolds**: the cosine of \
    how often each scaffold of two rings or more occurs.
    - *Chain of \(figures.order) symbols*: a Markov chain of symbols, learnt from the same molecules.
    """ + "\n"
  }

  private func row(_ key: String, _ cells: (MoleculeFigures.Judged) -> [String]) -> [String]? {
    guard let judged = figures.sets[key], let name = names.first(where: { $0.0 == key }) else {
      return nil
    }
    return [name.1] + cells(judged)
  }

  private var quality: String {
    markdownTable(
      [["", "valid", "unique of 1,000", "unique", "novel", "diversity"]]
        + names.compactMap { key, _ in
          row(key) { judged in
            [judged.valid, judged.unique1000, judged.unique, judged.novel]
              .map { PageNumber.share($0) } + [PageNumber.estimate(judged.diversity, digits: 3)]
          }
        })
  }

  private var likeness: String {
    let heads = ["Fréchet ChemNet distance", "nearest", "scaffolds"].flatMap { measure in
      Self.splits.map { "\(measure), \($0)" }
    }
    return markdownTable(
      [[""] + heads]
        + names.compactMap { key, _ in
          row(key) { judged in
            Self.splits.map { split in
              judged.distance[split].map { PageNumber.estimate($0, digits: 2) } ?? ""
            }
              + Self.splits.map { split in
                judged.nearest[split].map { PageNumber.estimate($0, digits: 3) } ?? ""
              }
              + Self.splits.map { split in
                judged.scaffolds[split].map { PageNumber.fixed($0, 3) } ?? ""
              }
          }
        })
  }

  private var columns: [(key: String, title: String)] {
    [("none", "not asked")]
      + request.guidances.map { (PageNumber.short($0), "guidance \(PageNumber.short($0))") }
  }

  private func asked(
    _ values: (MoleculeFigures.Asked) -> [String: Estimate], digits: Int
  ) -> String {
    markdownTable(
      [["property"] + columns.map(\.title)]
        + figures.asked.map { asked in
          [asked.property]
            + columns.map { key, _ in
              values(asked)[key].map { PageNumber.estimate($0, digits: digits) } ?? ""
            }
        })
  }

  private var askedShares: String {
    markdownTable(
      [["property"] + columns.map(\.title)]
        + figures.asked.map { asked in
          [asked.property]
            + columns.map { key, _ in asked.valid[key].map { PageNumber.share($0) } ?? "" }
        })
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.texts,
      usual: EvaluateMolecules(data: "", output: "").texts, seed: request.seed,
      output: request.output)
  }
}
