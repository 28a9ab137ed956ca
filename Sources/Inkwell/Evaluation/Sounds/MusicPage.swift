internal import Evaluation
internal import Foundation

/// The page about a model's music in Markdown.
struct MusicPage {
  let figures: MusicFigures
  let request: EvaluateMusic

  /// The file of one of the sounds that are kept.
  static func soundName(_ index: Int) -> String { String(format: "%02d.ogg", index + 1) }

  /// The file of one of the melodies that are kept.
  static func melodyName(_ index: Int) -> String { String(format: "%02d-melody.ogg", index + 1) }

  /// The file of what the model played of it.
  static func playedName(_ index: Int) -> String { String(format: "%02d-played.ogg", index + 1) }

  var markdown: String {
    """
    # How good \(figures.model) is

    This page was written by the command

    ```sh
    \(command)
    ```

    The model played the captions of \(figures.sounds) clips of tunes that it was not trained on, with \
    the seeds from \(figures.seed) on, the sampler \(figures.settings.sampler), \
    \(figures.settings.steps) steps and a guidance scale of \
    \(PageNumber.short(figures.settings.guidance)). Nothing was picked or left out; the first \
    \(min(request.kept, figures.sounds)) sounds are beside this page. The judges learnt from \
    \(figures.trainingSounds) real training sounds. All figures and the hashes of the model's files \
    are in [figures.json](figures.json); ranges hold the true value with 95 % confidence.

    \(table)

    Through its autoencoder, the real sounds' power is \
    \(PageNumber.fixed(figures.rebuiltRatio, 1)) dB above that of the error.

    \(melodies)## What the figures are

    - **Instrument**: a linear map of the mean, the spread and the changes of the loudness of 40 bands, \
    fitted to the real training sounds by least squares, says which instrument it is.
    - **Key**: the key whose profile (Krumhansl and Kessler 1982) fits best how long each pitch class \
    sounds; tonic and mode must be the caption's. Modes other than minor and major count as the one \
    of the two that has their third.
    - **Tempo**: at which tempo the beginnings of notes repeat, to 4 % and within an octave.
    - **Fréchet distance**: that of the same loudnesses from those of the training sounds; it depends \
    on the features and on the number of sounds, so only the columns can be compared.
    - *Real* is the floor: as many real sounds of the same captions, in which the judges err too. \
    *By chance* are the model's sounds beside the captions of others.
    """ + "\n"
  }

  private var table: String {
    func row(_ name: String, _ text: (MusicFigures.Heard) -> String) -> [String] {
      [name] + [figures.generated, figures.real, figures.rebuilt, figures.chance].map(text)
    }
    return markdownTable([
      ["", "played by the model", "real", "real, through the autoencoder", "by chance"],
      row("the caption's instrument is heard") { PageNumber.share($0.instrument) },
      row("the caption's key is heard") { PageNumber.share($0.key) },
      row("the caption's tempo is heard") { PageNumber.share($0.tempo) },
      row("Fréchet distance") { PageNumber.estimate($0.frechet, digits: 1) },
    ])
  }

  /// How well melodies are played, if they are.
  private var melodies: String {
    guard let melodies = figures.melodies else { return "" }
    func row(_ name: String, _ followed: MusicFigures.Followed) -> [String] {
      [name, PageNumber.share(followed.notes), PageNumber.share(followed.instrument)]
    }
    let table = markdownTable([
      ["", "notes that are heard", "the caption's instrument is heard"],
      row("played by the model after the melody", melodies.generated),
      row("played by the model after the caption alone", melodies.words),
      row("the melody as it was given", melodies.given), row("real", melodies.real),
      row("real, through the autoencoder", melodies.rebuilt), row("by chance", melodies.chance),
    ])
    return """
      ## Melodies

      The model also heard the notes of each clip by a sampled voice ("ah", "ooh") or another instrument, \
      and played them on the instrument of the caption (`inkwell music --melody`). The first melodies \
      (`\(Self.melodyName(0))`) and what it made of them (`\(Self.playedName(0))`) are beside this page.

      \(table)

      A note is heard if of the twelve pitch classes its own sounds most, from its beginning to that of the \
      next note, for at most a quarter of a second; octaves are not told apart. *By chance* is what the \
      model played beside the notes and the captions of other clips.


      """
  }

  private var command: String {
    pageCommand(
      figures.model, data: request.data, count: request.sounds,
      usual: EvaluateMusic(data: "", output: "").sounds, seed: request.seed,
      output: request.output)
  }
}
