internal import Evaluation
internal import Foundation
internal import Modalities

extension EvaluationFolder {
  /// Writes the pictures and the figures, and last the page that shows them.
  func write(
    _ figures: EvaluationFigures, sheets: EvaluationSheets, request: Evaluate, ofPairs: Bool
  ) throws {
    try sheets.grid.save(to: url.appending(path: "grid.png"))
    try sheets.nearest.save(to: url.appending(path: "nearest.png"))
    try sheets.plain.save(to: url.appending(path: "plain.png"))
    try write(
      figures, page: PageText(figures: figures, request: request, isOfPairs: ofPairs).markdown)
  }
}

/// The page in Markdown.
struct PageText {
  let figures: EvaluationFigures
  let request: Evaluate
  /// Whether the model says what pictures show, too.
  let isOfPairs: Bool

  var markdown: String {
    let sections =
      [introduction]
      + EvaluationRun.splits.compactMap { split in
        figures.splits[split].map { section(split, $0) }
      } + [Self.explanations]
    return sections.joined(separator: "\n\n") + "\n"
  }

  private var introduction: String {
    let subject = figures.subject
    let styles = subject.styles.map { " of the styles \($0.joined(separator: ", "))" } ?? ""
    let asked =
      isOfPairs
      ? "It was asked for the names of things without their styles, and without the words that it "
        + "does not know. " : ""
    let first = EvaluationRun.splits.compactMap { figures.splits[$0] }.first?.pictures ?? 0
    return """
      # How good \(subject.model) is

      This page was written by the commands

      ```sh
      inkwell dataset emoji --output data/emoji
      \(command)
      ```

      The model drew the captions of pictures that it was not trained on, one picture a caption, with \
      the seeds from \(subject.seed) on, the sampler \(subject.settings.sampler), \
      \(subject.settings.stepsInWords) and a guidance scale of \
      \(PageNumber.short(subject.settings.guidance)). Nothing was picked or left out. It was trained on \
      \(subject.trainingPictures) pictures\(styles). \(asked)All figures, the hashes of the model's files \
      and of the data are in [figures.json](figures.json).

      ## Pictures

      \(min(EvaluationSheets.shown, first)) captions in random order, whose name-and-style pairs were \
      held out:

      ![Pictures that the model drew, with their captions](grid.png)

      Plain prompts, four pictures each:

      ![Pictures of plain prompts](plain.png)

      Each picture of the first sheet (▶) with the training pictures that are nearest to it by \
      features and by pixels, and how far they are:

      ![Pictures that the model drew, each beside the nearest training pictures](nearest.png)
      """
  }

  private var command: String {
    var parts = ["inkwell evaluate --model \(figures.subject.model) --data data/emoji"]
    let usual = Evaluate(data: "", output: "")
    if isOfPairs { parts.append("--as pictures") }
    if let styles = request.styles { parts.append("--styles \(styles.joined(separator: ","))") }
    if request.pictures != usual.pictures { parts.append("--pictures \(request.pictures)") }
    if request.seed != usual.seed { parts.append("--seed \(request.seed)") }
    parts.append("--output \(PageNumber.folder(request.output))")
    return parts.joined(separator: " ")
  }

  private func section(_ split: String, _ figures: SplitFigures) -> String {
    let title =
      split == "heldout-pair"
      ? "Names that were seen in other styles" : "Names that were never seen"
    let retrieval = figures.retrieval.generated
    let chance = PageNumber.percent(retrieval.chance)
    var rows = [
      ["", "drawn by the model", "real held-out pictures"],
      row("Fréchet distance", figures.frechet) { PageNumber.estimate($0, digits: 1) },
      row("kernel distance, thousandths", figures.kernel) {
        PageNumber.estimate($0, digits: 2, scale: 1000)
      },
      row("precision", figures.manifold) { PageNumber.share($0.precision) },
      row("recall", figures.manifold) { PageNumber.share($0.recall) },
      row(
        "own picture in the top \(retrieval.top) of \(retrieval.candidates) (chance: \(chance))",
        figures.retrieval
      ) { PageNumber.share($0.share) },
    ]
    rows += copies("features", figures.featureCopies, digits: 2)
    rows += copies("pixels", figures.pixelCopies, digits: 3)
    return """
      ## \(title)

      \(figures.pictures) captions of the split `\(split)`; ranges hold the true value with 95 % \
      confidence.

      \(markdownTable(rows))
      """
  }

  private func row<Measure>(
    _ name: String, _ pair: SplitFigures.Pair<Measure>, _ text: (Measure) -> String
  ) -> [String] {
    [name, text(pair.generated), text(pair.real)]
  }

  private func copies(_ kind: String, _ figures: CopyFigures, digits: Int) -> [[String]] {
    func text(_ quantiles: [Double]) -> String {
      quantiles.map { PageNumber.fixed($0, digits) }.joined(separator: " · ")
    }
    let fractions = CopyFigures.fractions.map { PageNumber.percent($0) }.joined(separator: " · ")
    return [
      row("nearest training picture by \(kind): \(fractions)", figures.quantiles, text),
      ["nearer by \(kind) than 95 % of real ones", PageNumber.share(figures.near), "5 %"],
    ]
  }

  private static let explanations = """
    ## What the figures are

    - The **Fréchet distance** is that of two normal distributions with the means and covariances of \
    features (Heusel et al. 2017), here the 1,280 of EfficientNet-Lite0 with ImageNet weights, \
    between the pictures and those trained on. It depends on the features and on the number of \
    pictures, so only the two columns can be compared: the right one, for as many real pictures of \
    the same captions, is the floor. Its range is that of resampled pictures.
    - The **kernel distance** (Bińkowski et al. 2018) compares the same features without depending on \
    the number of pictures; 0 is no difference.
    - **Precision** is the share of pictures whose features are where those of training pictures are, \
    **recall** the share of training pictures that are where these are (Kynkäänniemi et al. 2019, \
    k = 3), beside as many training pictures.
    - **Own picture in the top 5**: a picture–text model that was trained on the training pictures \
    alone, over the same features and the sentences' directions by all-MiniLM-L6-v2, ranks a \
    caption's own picture among others of different things or styles. The right column says how far \
    that model can be trusted.
    - **Nearest training picture**: the distances of the features, and the root-mean-square \
    differences of the pixels' colours in [0, 1], below which the stated shares of the pictures \
    are. A model that copied would be much nearer to its training pictures than real pictures that \
    were not trained on. Many emoji are alike by nature, so these are near as well.
    """
}

/// Numbers as the page has them.
enum PageNumber {
  static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// A folder as the commands of a page name it: one that is elsewhere is among the documents.
  static func folder(_ path: String) -> String {
    path.hasPrefix("/") ? "Documentation/\(URL(filePath: path).lastPathComponent)" : path
  }

  static func short(_ value: Double) -> String { String(format: "%g", value) }

  static func percent(_ value: Double) -> String { "\(short((1000 * value).rounded() / 10)) %" }

  static func estimate(_ value: Estimate, digits: Int, scale: Double = 1) -> String {
    let ends = (value.interval.lower * scale, value.interval.upper * scale)
    return fixed(value.value * scale, digits)
      + " (\(fixed(ends.0, digits)) to \(fixed(ends.1, digits)))"
  }

  static func share(_ value: Estimate) -> String {
    func number(_ share: Double) -> String { fixed(100 * share, 1) }
    return number(value.value)
      + " % (\(number(value.interval.lower)) to \(number(value.interval.upper)))"
  }
}
