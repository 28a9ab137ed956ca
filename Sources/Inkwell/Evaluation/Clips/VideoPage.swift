internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// The page about a model's clips in Markdown.
struct VideoPage {
  let figures: VideoFigures
  let request: EvaluateVideo

  /// How many clips are shown, the first ones.
  private static let shown = 8

  /// The first real clips, each above those that were made of its caption, and of its first
  /// picture.
  static func sheet(real: Tensor, generated: Tensor, continued: Tensor) throws -> Image {
    let count = min(shown, real.shape[0])
    let rows = (0..<count).flatMap { index in
      [real, generated, continued].map {
        Image.scaled($0.selected(dim: 0, index: index).transposed(0, 1))
      }
    }
    return try Inkwell.sheet(of: checked { rows.concatenated(dim: 0) }, columns: real.shape[2])
  }

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the command

    ```sh
    \(command)
    ```

    The model made the captions of \(figures.clips) clips of units that it was not trained on, with the \
    seeds from \(figures.seed) on, the sampler \(figures.settings.sampler), \
    \(figures.settings.steps) steps and a guidance scale of \
    \(PageNumber.short(figures.settings.guidance)): of the words alone, and of the words and the real \
    first picture. Nothing was picked or left out. The judges learnt from \(figures.trainingClips) \
    real training clips. All figures and the hashes of the model's files are in \
    [figures.json](figures.json); ranges hold the true value with 95 % confidence.

    \(table)

    The autoencoder's error is \(PageNumber.fixed(figures.rebuiltRatio, 1)) dB below the greatest value \
    of a pixel.

    Where the model goes on with the first half of a real clip, the first new frame differs from the last \
    known one by \(PageNumber.fixed(figures.seam, 1)) of 255 on average; in the real clips it is \
    \(PageNumber.fixed(figures.realSeam, 1)).

    ## Learning from the model's clips

    \(lessons)

    ## Clips

    The first \(min(Self.shown, figures.clips)) captions, three rows each: the real clip, the clip of \
    the words, the clip of the words and the first picture.

    ![Real clips above those that the model made](clips.png)

    ## What the figures are

    - The caption's **action**, **race**, **facing** and **colour**: a linear map, fitted to the real \
    training clips by least squares, of the features of EfficientNet-Lite0 with ImageNet weights, \
    meant over the frames and over the differences of neighbouring frames. No clip of these units was \
    learnt from, so a race is judged by its other units.
    - The **Fréchet distances** are those of the same features from those of the training clips; they \
    depend on the features and on the number of clips, so only the columns can be compared.
    - **Motion** is the mean absolute difference of neighbouring frames, of 255.
    - *Real* is the floor: as many real clips of the same captions, in which the judges err too. *Still* \
    is the real first picture for all frames. *By chance* are the clips of words beside the captions \
    of others.
    """ + "\n"
  }

  private var table: String {
    func row(_ name: String, _ text: (VideoFigures.Seen) -> String) -> [String] {
      [name]
        + [
          figures.generated, figures.continued, figures.real, figures.rebuilt, figures.still,
          figures.chance,
        ].map(text)
    }
    return markdownTable([
      [
        "", "of words", "of words and a picture", "real", "real, through the autoencoder", "still",
        "by chance",
      ],
      row("the caption's action is seen") { $0.action.map(PageNumber.share) ?? "–" },
      row("the caption's race is seen") { $0.race.map(PageNumber.share) ?? "–" },
      row("it faces where the caption says") { $0.facing.map(PageNumber.share) ?? "–" },
      row("the caption's colour is seen") { $0.team.map(PageNumber.share) ?? "–" },
      row("Fréchet distance of frames") { PageNumber.estimate($0.frames, digits: 1) },
      row("Fréchet distance of differences") { PageNumber.estimate($0.differences, digits: 1) },
      row("motion") { PageNumber.fixed($0.motion, 1) },
    ])
  }

  private var lessons: String {
    let useful = figures.usefulness
    let actions = """
      Judges of actions look at the real held-out clips. What they learn from is real training clips, or \
      clips that the model made of \(useful.generatedClips) training captions, or both. The model itself \
      learnt from all real training clips, so its clips hold nothing that those do not.

      \(markdownTable([
        ["learnt from", "the action is seen"],
        ["\(figures.trainingClips) real clips", PageNumber.share(useful.real)],
        ["\(useful.generatedClips) of the model's", PageNumber.share(useful.generated)],
        ["both", PageNumber.share(useful.both)],
      ]))
      """
    return ([actions] + (useful.rare.map { [$0.markdown(of: "clips")] } ?? []))
      .joined(separator: "\n\n")
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.clips,
      usual: EvaluateVideo(data: "", output: "").clips, seed: request.seed,
      output: request.output)
  }
}
