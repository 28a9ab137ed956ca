internal import Evaluation
internal import Foundation

/// The page about a model of a world in Markdown.
struct WorldPage {
  let figures: WorldFigures
  let request: EvaluateWorld

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the command

    ```sh
    \(command)
    ```

    on \(figures.trainingDrives) drives to learn from and \(figures.heldOutDrives) that were held out, \
    of other streets. All figures and the hashes of the model's files are in \
    [figures.json](figures.json); ranges hold the true value with 95 % confidence.

    ## How far it drifts

    The model goes on with held-out drives by their own actions, from their first frames alone.

    \(MeasureDrift.table(figures.drift))

    The error is the root of the mean square in 8-bit levels, beside that of the last frame that was \
    given. The car is in its place if the column with the most red is the simulator's, to a pixel.

    ## Learning from the model's drives

    \(lessons)

    \(figures.usefulness.rare.markdown(of: "moments"))

    - A **judge** is a network of three convolutions that sees \(DriveLesson.seen) frames and says what \
    the driver did before the last one. It learns in \(request.judgeSteps) steps, in which every action \
    comes up as often, and is tested on the real drives that were held out.
    - Not every action can be seen: at full speed a car gets no faster, and one that stands after a hit \
    does nothing. So no judge is always right.
    - Ranges are those of held-out drives drawn anew; each judge was trained once.
    """ + "\n"
  }

  private var lessons: String {
    let useful = figures.usefulness
    return """
      What the driver did is learnt from \(useful.realDrives) real drives, or from \
      \(useful.generatedDrives) that the model made up, or from both. Those that are made up go on from \
      frames of the same \(useful.realDrives) drives, \(request.generatedFrames) frames each, by actions \
      at random. The model itself learnt from all real training drives, so its drives hold nothing that \
      those do not.

      \(markdownTable([
        ["learnt from", "the action is seen, mean over the actions"],
        ["\(useful.realDrives) real drives", PageNumber.share(useful.few)],
        ["\(useful.generatedDrives) of the model's", PageNumber.share(useful.generated)],
        ["both", PageNumber.share(useful.both)],
        ["all \(figures.trainingDrives) real drives", PageNumber.share(useful.all)],
        ["nothing: by chance", PageNumber.percent(useful.chance)],
      ]))
      """
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.drives,
      usual: EvaluateWorld(data: "", output: "").drives, seed: request.seed,
      output: request.output)
  }
}
