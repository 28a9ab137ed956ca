internal import Files
internal import Foundation
internal import Modalities

/// Plays clips with FluidSynth and writes them into a folder.
struct MusicRenderer {
  /// The sound font.
  let soundFont: URL
  /// The folder of the data set.
  let folder: URL

  /// The clips of one run of FluidSynth, which reads the sound font anew each time.
  private static let batchSize = 200
  /// From the beginning of one clip to that of the next: the clip, and silence for notes to end.
  private static let slot = 5.0
  /// The rate that FluidSynth plays at: high, so that what is left out later was never folded.
  private static let playedRate = 48_000

  /// What is played into a file.
  struct Part {
    let plan: MusicPlan
    let performer: MusicPerformer
    /// The file's path inside the data set.
    let file: String
  }

  /// Plays clips, and their melodies where they have one, and writes each to its file.
  ///
  /// - Parameters:
  ///   - plans: What to play.
  ///   - clips: The lines of the same clips.
  ///   - report: Told how far it is.
  /// - Throws: `DatasetError.tool`, `SoundError`, or what the file system throws.
  func render(_ plans: [MusicPlan], as clips: [MusicClip], report: (String) -> Void) throws {
    let parts = zip(plans, clips).flatMap { plan, clip in
      [Part(plan: plan, performer: MusicPerformer(plan.instrument), file: clip.fileName)]
        + (clip.melody.map { [Part(plan: plan, performer: plan.follower, file: $0)] } ?? [])
    }
    for file in parts.map(\.file) {
      try Folder.make(folder.appending(path: file).deletingLastPathComponent())
    }
    for begin in stride(from: 0, to: parts.count, by: Self.batchSize) {
      report("Playing clip \(begin + 1) of \(parts.count)")
      let some = Array(parts[begin..<min(begin + Self.batchSize, parts.count)])
      let sound = try play(some)
      for (place, part) in some.enumerated() {
        let start = Int(Double(place) * Self.slot * Double(MusicDataset.sampleRate))
        let length = Int((MusicPlan.seconds * Double(MusicDataset.sampleRate)).rounded())
        try sound.part(start..<start + length).withinFullScale()
          .encoded(as: .flac16).write(to: folder.appending(path: part.file))
      }
    }
  }

  /// Plays clips one after another.
  private func play(_ parts: [Part]) throws -> Sound {
    var score = MIDIScore()
    for (place, part) in parts.enumerated() {
      let begin = Double(place) * Self.slot
      score.setProgram(part.performer.program, at: begin)
      for note in part.plan.notes(by: part.performer) {
        score.addNote(
          note.pitch, from: begin + note.start, to: begin + note.end,
          velocity: part.plan.isAccented(note.start) ? 100 : 85)
      }
    }
    let seconds = Double(parts.count) * Self.slot
    let midi = folder.appending(path: "score.mid")
    let wave = folder.appending(path: "score.wav")
    try score.encoded(lasting: seconds).write(to: midi)
    defer { for file in [midi, wave] { Folder.discard(file) } }
    func path(_ url: URL) -> String { url.path(percentEncoded: false) }
    try ExternalTool.run(
      [
        "fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "2",
        "-r", "\(Self.playedRate)", "-T", "wav", "-O", "s16", "-F", path(wave), path(soundFont),
        path(midi),
      ],
      hint: "FluidSynth is needed: `apt-get install fluidsynth` or `brew install fluid-synth`.")
    return try Sound(contentsOf: wave).mixed(toChannels: 1).resampled(to: MusicDataset.sampleRate)
  }
}
