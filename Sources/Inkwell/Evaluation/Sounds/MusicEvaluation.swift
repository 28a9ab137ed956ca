internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// What an evaluation of music compares, and how it is heard.
struct MusicEvaluation {
  private let request: EvaluateMusic
  private let folder: SoundModelFolder
  private let model: TextToSoundModel
  private let training: SoundSet
  private let heldOut: SoundSet
  /// Their melodies; none where the model follows none, or one has none.
  private let melodies: SoundSet?
  /// What the held-out sounds are, in their order.
  private let clips: [MusicClip]
  private let ears: Ears
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void

  /// Reads the model and the sounds, and trains the judges.
  init(
    _ request: EvaluateMusic, folder: SoundModelFolder, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    report(.note("reading the model \(folder.name) and the sounds of \(request.data)"))
    let model = try TextToSoundModel(folder)
    self.model = model
    let data = URL(filePath: request.data, directoryHint: .isDirectory)
    let form = model.autoencoder.configuration.form(frames: model.frames)
    let known = try MusicClip.byName(in: data)
    func sounds(_ split: String, limit: Int) throws -> SoundSet {
      try comparableSplit(split, of: request.data) {
        try SoundSet(folder: data, form: form, split: $0, limit: limit)
      }
    }
    training = try sounds("train", limit: request.trainingSounds)
    heldOut = try sounds("heldout", limit: request.sounds)
    let missing = heldOut.records.count { $0.melody == nil }
    let hasMelodies = model.followsMelodies && missing == 0
    if model.followsMelodies && missing > 0 {
      report(
        .note(
          "\(missing) of \(heldOut.records.count) clips have no melody: how the model follows "
            + "melodies is not measured"))
    }
    melodies =
      try hasMelodies
      ? SoundSet(
        folder: data, form: form, split: "heldout", limit: request.sounds, melodies: true) : nil
    clips = try heldOut.records.map { try known.named($0.fileName, in: data) }
    let labels = try training.records.map {
      try known.named($0.fileName, in: data).instrument.rawValue
    }
    try stop.check()
    report(.note("learning \(Set(labels).count) instruments of \(labels.count) sounds"))
    ears = try Ears(training, instruments: labels, sampleRate: model.sampleRate)
  }

  /// Plays the captions, keeps the first of the sounds in a folder, and hears everything.
  func figures(savingTo output: URL) throws -> MusicFigures {
    let real = heldOut.batch(Array(clips.indices)).selected(dim: 1, index: 0)
    let rebuilt = try rebuilt()
    let generated = try generated(savingTo: output, as: MusicPage.soundName)
    // Far apart, because neighbours can be parts of one tune.
    let others = clips.indices.map { clips[($0 + clips.count / 2) % clips.count] }
    let melodies = try melodies.map { melodies in
      let given = melodies.batch(Array(clips.indices)).selected(dim: 1, index: 0)
      let played = try self.generated(following: given, savingTo: output, as: MusicPage.playedName)
      return MusicFigures.Melodies(
        sounds: clips.count, generated: try ears.followed(played, as: clips),
        real: try ears.followed(real, as: clips), rebuilt: try ears.followed(rebuilt, as: clips),
        given: try ears.followed(given, as: clips),
        words: try ears.followed(generated, as: clips),
        chance: try ears.followed(played, as: others))
    }
    let errors = try checked {
      let error = (rebuilt - real).power(2).sum(dims: [1])
      let ratio = real.power(2).sum(dims: [1]) / error.clamped(min: 1e-12)
      return ratio.logarithm().mean().item() / log(10)
    }
    return MusicFigures(
      model: self.folder.name, files: try self.folder.hashes(),
      settings: self.folder.index.about.settings, seed: request.seed, data: training.hash,
      trainingSounds: training.records.count, sounds: clips.count,
      generated: try heard(generated, as: clips), real: try heard(real, as: clips),
      rebuilt: try heard(rebuilt, as: clips), chance: try heard(generated, as: others),
      melodies: melodies, rebuiltRatio: 10 * errors)
  }

  private func heard(_ sounds: Tensor, as clips: [MusicClip]) throws -> MusicFigures.Heard {
    try stop.check()
    return try ears.heard(
      sounds, as: clips, resamples: request.resamples, Generator(seed: request.seed))
  }

  /// The real sounds through the autoencoder, `[clips, frames]`.
  private func rebuilt() throws -> Tensor {
    let vae = model.autoencoder
    let parts = try stride(from: 0, to: clips.count, by: 16).map { first in
      try stop.check()
      let x = heldOut.batch(Array(first..<min(first + 16, clips.count)))
      return try checked { withoutGradients { vae.decode(vae.encode(x).mean) } }
    }
    return try checked {
      parts.concatenated().selected(dim: 1, index: 0).clamped(min: -1.0, max: 1.0)
    }
  }

  /// A sound for each caption, with the seeds from the request's on, `[clips, frames]`.
  ///
  /// - Parameters:
  ///   - melodies: What they are to play, `[clips, frames]`; whatever it is if not given.
  ///   - output: Where the first of them are kept, each melody beside.
  ///   - name: Their files' names.
  /// - Returns: The sounds.
  /// - Throws: What sampling or the file system throws.
  private func generated(
    following melodies: Tensor? = nil, savingTo output: URL, as name: (Int) -> String
  ) throws -> Tensor {
    var progress = ProgressCounter("sounds", of: clips.count, report: report)
    let sounds = try clips.enumerated().map { index, clip in
      let melody = try melodies.map {
        try Sound(
          tensor: $0.narrowed(dim: 0, start: index, length: 1), sampleRate: model.sampleRate)
      }
      let latents = try model.latents(
        TextToSoundModel.Drawing(
          prompt: clip.text, seed: request.seed &+ UInt64(index),
          settings: folder.index.about.settings, melody: melody.map(model.latents(of:)))
      ) { _ in try stop.check() }
      let sound = try model.sound(latents, seconds: model.longest)
      if index < request.kept {
        try sound.save(to: output.appending(path: name(index)))
        try melody?.save(to: output.appending(path: MusicPage.melodyName(index)))
      }
      progress.add(1)
      return sound.tensor.selected(dim: 0, index: 0)
    }
    return try checked { sounds.stacked() }
  }
}

extension MusicClip {
  /// The lines of a music data set, by the clips' paths.
  static func byName(in folder: URL) throws -> [String: MusicClip] {
    let lines: [MusicClip] = try metadataLines(in: folder)
    for (number, clip) in lines.enumerated() where clip.pitches.count != clip.onsets.count {
      throw EvaluationError.line(
        number + 1, file: folder.appending(path: "metadata.jsonl").path(percentEncoded: false),
        reason: "\(clip.pitches.count) pitches and \(clip.onsets.count) onsets")
    }
    return Dictionary(lines.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The key, its mode taken as major or minor by its third.
  var heardKey: MusicalKey {
    let mode = key.split(separator: " ").last.map(String.init) ?? ""
    return MusicalKey(
      tonic: tonic, isMinor: ["minor", "dorian", "phrygian", "locrian"].contains(mode))
  }
}

extension [String: MusicClip] {
  fileprivate func named(_ name: String, in folder: URL) throws -> MusicClip {
    guard let clip = self[name] else {
      throw EvaluationError.undescribed(name, folder: folder.path(percentEncoded: false))
    }
    return clip
  }
}
