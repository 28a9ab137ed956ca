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

  /// Plays clips and writes each to its file.
  ///
  /// - Parameters:
  ///   - plans: What to play.
  ///   - clips: The lines of the same clips.
  ///   - report: Told how far it is.
  /// - Throws: `DatasetError.tool`, `SoundError`, or what the file system throws.
  func render(_ plans: [MusicPlan], as clips: [MusicClip], report: (String) -> Void) throws {
    for instrument in MusicInstrument.allCases {
      try Folder.make(folder.appending(path: instrument.rawValue))
    }
    for begin in stride(from: 0, to: plans.count, by: Self.batchSize) {
      report("Playing clip \(begin + 1) of \(plans.count)")
      let range = begin..<min(begin + Self.batchSize, plans.count)
      let sound = try play(Array(plans[range]))
      for (place, clip) in clips[range].enumerated() {
        let start = Int(Double(place) * Self.slot * Double(MusicDataset.sampleRate))
        let length = Int((MusicPlan.seconds * Double(MusicDataset.sampleRate)).rounded())
        try sound.part(start..<start + length).withinFullScale()
          .encoded(as: .flac16).write(to: folder.appending(path: clip.fileName))
      }
    }
    for instrument in MusicInstrument.allCases {
      let own = folder.appending(path: instrument.rawValue)
      if try Folder.names(in: own).isEmpty { try Folder.remove(own) }
    }
  }

  /// Plays clips one after another.
  private func play(_ plans: [MusicPlan]) throws -> Sound {
    var score = MIDIScore()
    for (place, plan) in plans.enumerated() {
      let begin = Double(place) * Self.slot
      score.setProgram(plan.instrument.program, at: begin)
      for note in plan.notes {
        score.addNote(
          note.pitch, from: begin + note.start, to: begin + note.end,
          velocity: plan.isAccented(note.start) ? 100 : 85)
      }
    }
    let seconds = Double(plans.count) * Self.slot
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
