internal import Evaluation
internal import Foundation

/// The page about a model's shapes in Markdown.
struct ShapeFiguresPage {
  /// The file of the sheet of shapes of held-out captions.
  static let samples = "samples.png"
  /// The file of the sheet of colours and kinds.
  static let colors = "colors.png"
  /// The file of the sheet of pictures and what was made of them.
  static let pictures = "pictures.png"
  /// How many shapes the first sheet shows, the first ones.
  static let shown = 24

  let figures: ShapeFigures
  let request: EvaluateShapes

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the commands

    ```sh
    inkwell dataset furniture --output data/furniture
    \(command)
    ```

    The model made shapes of the captions of \(figures.shapes) shapes that it was not trained on, with \
    the seeds from \(figures.seed) on, the sampler \(figures.settings.sampler), \
    \(figures.settings.steps) steps and a guidance scale of \
    \(PageNumber.short(figures.settings.guidance)). Nothing was picked or left out. It was trained on \
    \(figures.trainingShapes) shapes. All figures and the hashes of the model's files are in \
    [figures.json](figures.json); ranges hold the true value with 95 % confidence.

    ## Shapes

    The first \(min(Self.shown, figures.shapes)), each with the training shape that is nearest to it:

    ![Shapes that the model made of held-out captions](\(Self.samples))

    Every colour and kind:

    ![Shapes of every colour and kind](\(Self.colors))

    ## Beside held-out shapes

    \(table)

    - *Real* are training shapes at random, one of the kind of each held-out shape: the best that can \
    be hoped for of shapes that do not know the held-out ones.
    - *Found by words* are the training shapes whose captions are the most similar ones, by \
    all-MiniLM-L6-v2: what one could do without a model.
    - *Formless* are points of a normal distribution, as wide along each axis as training shapes are.
    - **Coverage** is the share of the held-out shapes that are the nearest one of a shape of the \
    column, and the **minimum matching distance** the mean Chamfer distance of a held-out shape to \
    the nearest of the column, in hundredths (Achlioptas et al. 2018); shapes are \
    \(figures.points) points in the cube from -1 to 1.
    - **Told apart** is how often the nearest other shape is of the same set, column or held-out \
    (Yang et al. 2019): 50 % where they cannot be told apart, 100 % where they lie apart.
    - **Right kind** is the share whose nearest training shape is of the caption's kind. A training \
    shape is its own nearest.

    ## Whether words act

    \(words)

    Of \(figures.words.shapes) shapes, one prompt for every colour and kind such as "a red chair". The \
    kind is that of the nearest training shape, the colour that of at least half of the points. By \
    chance: the same shapes dealt out to the prompts anyhow.
    """ + "\n" + (figures.pictures.map(pictures) ?? "")
  }

  private func pictures(_ figures: ShapeFigures.Pictures) -> String {
    let rows: [(String, ShapeFigures.Match)] = [
      ("made of the picture", figures.pictured), ("made of the caption", figures.said),
      ("made of both", figures.both), ("found by the picture", figures.nearest),
      ("made of another picture", figures.dealt),
    ]
    let table = markdownTable(
      [["", "distance to its own shape", "its own is nearest"]]
        + rows.map { name, match in
          [
            name, PageNumber.estimate(match.distance, digits: 2, scale: 100),
            PageNumber.share(match.found),
          ]
        })
    return """

      ## Made of pictures

      \(table)

      Of \(figures.shapes) held-out pictures with the shapes that they are of, which the model was not \
      trained on. The distance is the Chamfer distance in hundredths, and *its own is nearest* the \
      share for which no other held-out shape is nearer. *Found by the picture* is the training \
      shape whose picture looks most alike, by the mean of what the model's picture encoder sees: \
      what one could do without a model of shapes.

      ![Pictures, what the model made of them, and what they are of](\(Self.pictures))
      """ + "\n"
  }

  private var table: String {
    func row(_ name: String, _ text: (ShapeFigures.Compared) -> String) -> [String] {
      [name] + [figures.generated, figures.real, figures.retrieved, figures.blobs].map(text)
    }
    return markdownTable([
      ["", "made by the model", "real", "found by words", "formless"],
      row("coverage") { PageNumber.share($0.coverage) },
      row("minimum matching distance") {
        PageNumber.estimate($0.distance, digits: 2, scale: 100)
      },
      row("told apart") { PageNumber.share($0.accuracy) },
      row("right kind") { PageNumber.share($0.kind) },
    ])
  }

  private var words: String {
    markdownTable([
      ["", "made by the model", "by chance"],
      [
        "the kind that was asked for", PageNumber.share(figures.words.kind),
        PageNumber.percent(figures.words.kindByChance),
      ],
      [
        "the colour that was asked for", PageNumber.share(figures.words.color),
        PageNumber.percent(figures.words.colorByChance),
      ],
    ])
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.shapes,
      usual: EvaluateShapes(data: "", output: "").shapes, seed: request.seed,
      output: request.output)
  }
}
