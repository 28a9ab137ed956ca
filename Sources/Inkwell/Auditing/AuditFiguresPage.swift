internal import Evaluation
internal import Foundation

/// The page of what an audit finds, in Markdown.
struct AuditFiguresPage {
  let figures: AuditFigures
  let request: MeasureAudit

  var markdown: String {
    ([introduction] + figures.tables.flatMap { [section($0), misses($0)] } + [Self.explanations])
      .joined(separator: "\n\n") + "\n"
  }

  private var introduction: String {
    let subject = figures.subject
    return """
      # What an audit of \(subject.model)'s pictures finds

      This page was written by the commands

      ```sh
      inkwell dataset emoji --output data/emoji
      inkwell audit calibrate --model \(subject.model) --data data/emoji
      \(command)
      ```

      Defects were planted in real pictures that the model was not trained on, and in those that it \
      draws for their captions, with the sampler \(subject.settings.sampler), \
      \(subject.settings.stepsInWords) and a guidance scale of \
      \(PageNumber.short(subject.settings.guidance)). The limits of the checks come from the other \
      half of the held-out pictures, such that all \(AuditCheck.allCases.count) checks together flag \
      \(PageNumber.percent(figures.falseAlarms)) of pictures without a defect at most. Ranges hold \
      the true share with 95 % confidence; all figures are in [figures.json](figures.json).
      """
  }

  private var command: String {
    var parts = ["inkwell audit measure --model \(figures.subject.model) --data data/emoji"]
    let usual = MeasureAudit(data: "", output: "")
    if request.captions != usual.captions { parts.append("--captions \(request.captions)") }
    if request.falseAlarms != usual.falseAlarms {
      parts.append("--false-alarms \(PageNumber.short(request.falseAlarms))")
    }
    if request.seed != usual.seed { parts.append("--seed \(request.seed)") }
    parts.append("--output \(PageNumber.folder(request.output))")
    return parts.joined(separator: " ")
  }

  private func section(_ table: AuditFigures.Table) -> String {
    let pictures = table.pictures == .real ? "Real pictures" : "The model's own pictures"
    let against = table.against == .real ? "real ones" : "the model's own"
    let head = ["%", "flagged"] + AuditCheck.allCases.map(\.rawValue)
    let rows = table.rows.map { row in
      [row.planted, PageNumber.share(row.flagged)]
        + AuditCheck.allCases.map { check in
          PageNumber.fixed(100 * (row.checks[check]?.value ?? 0), 0)
        }
    }
    return """
      ## \(pictures), beside \(against)

      \(table.rows.first?.count ?? 0) pictures a row: the share of which any check flags something, \
      and that which each check flags.

      \(markdownTable([head] + rows))
      """
  }

  /// The defects that are missed more often than not, in words.
  private func misses(_ table: AuditFigures.Table) -> String {
    let missed = table.rows.dropFirst().filter { $0.flagged.value < 0.5 }.map(\.planted)
    return missed.isEmpty
      ? "Each of these defects is found in half of the pictures or more."
      : "Missed in more than half of the pictures: **\(missed.joined(separator: ", "))**."
  }

  private static let explanations = """
    ## What is planted

    - **Swapped words**: the caption of a picture of something else. **Training copy**: the training \
    picture that is nearest.
    - **Pasted patch**: a square of another picture, 3/8 as wide. **Smeared middle**: the middle \
    quarter, blurred along its rows. **Doubled part**: the middle quarter once more, a quarter of \
    the width right and down.
    - **Noise left**: Gaussian, of 25 levels. **Grey frame**: nothing else. **Seam**: the lower half \
    moved by an eighth of the width. **Dead block**: a black square, a quarter as wide. **Burnt \
    colours**: three times the contrast.

    ## What the checks are

    - **words**: the surprise of a picture–text model, trained on the training pictures alone, that \
    the caption is the picture's among 501 (nats).
    - **seeds**: how far the features of EfficientNet-Lite0 are from those of other seeds of the same \
    record, over the distance of those from each other.
    - **place**: the strangest of 14 × 14 places: the distance of its features from the nearest of \
    8,192 places of training pictures (after Roth et al. 2022). Its map is on the page of an audit.
    - **unfamiliar**, **copy**: the distance of the features from the nearest training picture, too \
    far or too near.
    - **contrast**, **noise**, **seam**, **block**, **clipping**: of the pixels alone.

    ## What it cannot tell

    - A caption that nearly fits, a wrong number of things, or a wrong side are no surprise to a \
    picture–text model of this size.
    - The limits are the ends of what real pictures do: a flag has large blocks of one colour, and a \
    drawing in pure colours has most of its pixels at an end, so such defects hide behind these.
    - No detector of faces, letters or nudity is among the checks. Those that can be had are trained \
    on photographs and on print; drawings of 64 pixels are neither.
    """
}
