internal import Evaluation
internal import Foundation

/// The page about a model's captions in Markdown.
struct CaptionPage {
  /// The file of the pictures with their captions.
  static let sheet = "captions.png"

  let figures: CaptionFigures
  let request: EvaluateCaptions

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the command

    ```sh
    \(command)
    ```

    The model described pictures that it was not trained on: \(figures.samples) captions of each, of \
    which the most frequent one counts; where fewer than \
    \(PageNumber.percent(figures.agreement)) agree, it isn't sure. Nothing was picked or left out. \
    All figures and the hashes of the model's files are in [figures.json](figures.json); ranges hold \
    the true value with 95 % confidence.

    \(figures.splits.sorted { $0.key > $1.key }.map(section).joined(separator: "\n\n"))

    ![Pictures with what the model says, and their names where that is something else](\(Self.sheet))

    ## What the figures are

    - **Exact**: the share of captions that are the picture's name, letter by letter but for capitals.
    - **Words**: the share of the name's words that are in the caption, a mean over the pictures.
    - **Likeness**: the cosine of caption and name in a text encoder, all-MiniLM-L6-v2, in [-1, 1].
    - *Nearest training picture* says the name of the one of \(figures.trainingPictures) training \
    pictures whose features, a mean over all places of what the model's picture encoder sees, are \
    nearest: what can be had without a model of words. *By chance* are the model's captions of other \
    pictures. The floor is the name itself: 100 %, 100 % and 1.
    - `heldout-pair` are drawings of things that were trained on in other styles, `heldout-base` are \
    things that were never trained on.
    """ + "\n"
  }

  private func section(_ name: String, _ split: CaptionFigures.Split) -> String {
    func row(_ name: String, _ judged: CaptionFigures.Judged) -> [String] {
      [
        name, PageNumber.share(judged.exact), PageNumber.share(judged.words),
        PageNumber.estimate(judged.likeness, digits: 2),
      ]
    }
    func share(_ estimate: Estimate?) -> String {
      estimate.map { PageNumber.share($0) } ?? "none of them"
    }
    return """
      ## \(name): \(split.pictures) pictures

      \(markdownTable([
        ["", "exact", "words", "likeness"],
        row("the model", split.said), row("nearest training picture", split.nearest),
        row("by chance", split.chance),
      ]))

      The model is sure of \(PageNumber.share(split.sure)) of them. Where it is sure, \
      \(share(split.exactWhereSure)) are exact; where it isn't, \(share(split.exactWhereUnsure)).
      """
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.pictures,
      usual: EvaluateCaptions(data: "", output: "").pictures, styles: request.styles,
      seed: request.seed,
      output: request.output)
  }
}
