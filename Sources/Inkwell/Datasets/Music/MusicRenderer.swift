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
  /// FluidSynth runs on one core, so that several of its runs go on at a time: as many as there are
  /// cores, but each leaves a thousand seconds of stereo, which reading has in memory.
  private static let runs = min(ProcessInfo.processInfo.activeProcessorCount, 4)
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
    let played = zip(plans, clips).map { plan, clip in
      Part(plan: plan, performer: MusicPerformer(plan.instrument), file: clip.fileName)
    }
    let followed = zip(plans, clips).compactMap { plan, clip in
      clip.melody.map { Part(plan: plan, performer: plan.follower, file: $0) }
    }
    // What was played before changes a sound a little: so clips are the same without melodies.
    let parts = played + followed
    for file in parts.map(\.file) {
      try Folder.make(folder.appending(path: file).deletingLastPathComponent())
    }
    for begin in stride(from: 0, to: parts.count, by: Self.batchSize * Self.runs) {
      report("Playing sound \(begin + 1) of \(parts.count)")
      let batches = stride(from: begin, to: parts.count, by: Self.batchSize).prefix(Self.runs)
        .map { Array(parts[$0..<min($0 + Self.batchSize, parts.count)]) }
      let playing = batches.enumerated().map { run, batch in
        Background { try play(batch, named: "score-\(run)") }
      }
      // All are waited for, also where one fails, so that none writes on.
      let sounds = playing.map { run in Result { try run.value() } }
      for (batch, sound) in zip(batches, sounds) { try write(batch, of: sound.get()) }
    }
  }

  /// Cuts clips that were played one after another, and writes each to its file.
  private func write(_ parts: [Part], of sound: Sound) throws {
    for (place, part) in parts.enumerated() {
      let start = Int(Double(place) * Self.slot * Double(MusicDataset.sampleRate))
      let length = Int((MusicPlan.seconds * Double(MusicDataset.sampleRate)).rounded())
      try sound.part(start..<start + length).withinFullScale()
        .encoded(as: .flac16).write(to: folder.appending(path: part.file))
    }
  }

  /// Plays clips one after another, by way of files of a name.
  private func play(_ parts: [Part], named name: String) throws -> Sound {
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
    let midi = folder.appending(path: "\(name).mid")
    let wave = folder.appending(path: "\(name).wav")
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
