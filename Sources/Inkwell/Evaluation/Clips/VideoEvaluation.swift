internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// What an evaluation of clips compares, and how it is seen.
struct VideoEvaluation {
  let request: EvaluateVideo
  private let folder: VideoModelFolder
  let model: TextToVideoModel
  private let training: ClipSet
  private let heldOut: ClipSet
  /// What the training clips show that the judges learnt from.
  let learnt: [SpriteClip]
  /// Which of the held-out clips are made, and what they show.
  let chosen: [(index: Int, record: SpriteClip)]
  let eyes: Eyes
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void

  /// Reads the model and the clips, and trains the judges.
  init(
    _ request: EvaluateVideo, folder: VideoModelFolder, network: EvaluationNetwork, cache: URL,
    stop: StopSignal, report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    report(.note("reading the model \(folder.name) and the clips of \(request.data)"))
    let model = try TextToVideoModel(folder)
    self.model = model
    let data = URL(filePath: request.data, directoryHint: .isDirectory)
    let lines: [SpriteClip] = try metadataLines(in: data)
    let known = Dictionary(lines.map { ($0.fileName, $0) }, uniquingKeysWith: { first, _ in first })
    func set(_ split: String) throws -> ClipSet {
      try comparableSplit(split, of: request.data) {
        try ClipSet(
          folder: data, frames: model.about.frames, side: model.about.side, split: $0)
      }
    }
    let training = try set("train")
    self.training = training
    heldOut = try set("heldout")
    func chosen(_ set: ClipSet, most: Int) throws -> [(index: Int, record: SpriteClip)] {
      let count = min(set.records.count, most)
      return try (0..<count).map { place in
        let index = place * set.records.count / count
        let name = set.records[index].fileName
        guard let record = known[name] else {
          throw EvaluationError.undescribed(name, folder: data.path(percentEncoded: false))
        }
        return (index, record)
      }
    }
    self.chosen = try chosen(heldOut, most: request.clips)
    let learnt = try chosen(training, most: request.trainingClips)
    self.learnt = learnt.map(\.record)
    var progress = ProgressCounter("training clips", of: learnt.count, report: report)
    eyes = try Eyes(
      network.network,
      clips: checked { training.clips.indexSelected(dim: 0, Tensor(learnt.map(\.index))) },
      records: learnt.map(\.record), stop: stop
    ) { progress.add($0) }
  }

  /// Makes the captions and looks at everything.
  /// - Returns: The figures, and the first clips beside the real ones.
  func figures() throws -> (VideoFigures, Image) {
    let records = chosen.map(\.record)
    let real = try checked {
      heldOut.clips.indexSelected(dim: 0, Tensor(chosen.map(\.index)))
    }
    let rebuilt = try clips("autoencoder", chosen.count) { index in
      try model.frames(of: model.latents(of: frames(index)))
    }
    let generated = try clips("clips of words", chosen.count) { index in
      try model.frames(plan(index, known: KnownFrames(noneOf: model.latentShape)))
    }
    let continued = try clips("clips of pictures", chosen.count) { index in
      try model.frames(plan(index, known: known(index, first: 1)))
    }
    let half = (model.latentFrames + 1) / 2
    let extended = try clips("clips that go on", chosen.count) { index in
      try model.frames(plan(index, known: known(index, first: half)))
    }
    let last = (half - 1) * model.autoencoder.configuration.timeReduction
    let still = try checked {
      real.narrowed(dim: 2, start: 0, length: 1).expanded(-1, -1, real.shape[2], -1, -1)
        .contiguous()
    }
    let others = records.indices.map { records[($0 + 1) % records.count] }
    func seen(_ sight: Eyes.Sight, as records: [SpriteClip]) throws -> VideoFigures.Seen {
      try eyes.seen(sight, as: records, resamples: request.resamples, seed: request.seed)
    }
    let ofWords = try sight(of: generated, "clips of words")
    let ofReal = try sight(of: real, "real clips")
    let error = try checked {
      (rebuilt.converted(to: .float32) - real.converted(to: .float32)).power(2).mean().item()
    }
    let figures = VideoFigures(
      model: folder.name, files: try folder.hashes(), settings: model.about.settings,
      seed: request.seed, data: training.hash, trainingClips: learnt.count,
      clips: records.count, generated: try seen(ofWords, as: records),
      continued: try seen(sight(of: continued, "clips of pictures"), as: records),
      real: try seen(ofReal, as: records),
      rebuilt: try seen(sight(of: rebuilt, "the autoencoder's clips"), as: records),
      still: try seen(sight(of: still, "still clips"), as: records),
      chance: try seen(ofWords, as: others),
      seam: try Self.seam(real, extended, after: last),
      realSeam: try Self.seam(real, real, after: last),
      rebuiltRatio: 10 * log10(255 * 255 / max(error, 1e-12)),
      usefulness: try usefulness(on: ofReal))
    return (figures, try VideoPage.sheet(real: real, generated: generated, continued: continued))
  }

  /// Looks at clips.
  func sight(of clips: Tensor, _ name: String) throws -> Eyes.Sight {
    var progress = ProgressCounter("looking at \(name)", of: clips.shape[0], report: report)
    return try eyes.sight(of: clips) { progress.add($0) }
  }

  /// The mean absolute difference between a frame of clips and the next one of others, of 255.
  private static func seam(_ clips: Tensor, _ others: Tensor, after frame: Int) throws -> Double {
    try checked {
      let (before, after) = (
        clips.selected(dim: 2, index: frame).converted(to: .float32),
        others.selected(dim: 2, index: frame + 1).converted(to: .float32)
      )
      return (after - before).absolute().mean().item()
    }
  }

  /// The real pictures of the first latent frames of a clip.
  private func known(_ index: Int, first count: Int) throws -> KnownFrames {
    let frames = try frames(index)
    let group = model.autoencoder.configuration.timeReduction
    let latents = try (0..<model.latentFrames).map { place in
      let picture = min(place, count - 1) * group
      return try model.latents(of: frames.narrowed(dim: 0, start: picture, length: 1))
    }
    return KnownFrames(
      try checked { latents.concatenated(dim: 2) },
      known: [latents.indices.map { $0 < count }])
  }

  /// The real frames of a clip that is made, `[frames, 3, side, side]`, in [-1, 1].
  private func frames(_ index: Int) throws -> Tensor {
    try checked {
      heldOut.batch([chosen[index].index]).selected(dim: 0, index: 0).transposed(0, 1)
    }
  }

  private func plan(_ index: Int, known: KnownFrames) -> TextToVideoModel.Plan {
    plan(chosen[index].record.text, known: known, number: index)
  }

  /// How a clip is made; the number gives the seed.
  func plan(_ prompt: String, known: KnownFrames, number: Int) -> TextToVideoModel.Plan {
    TextToVideoModel.Plan(
      prompt: prompt, known: known, settings: model.about.settings,
      seed: request.seed &+ UInt64(number))
  }

  /// What `body` makes of each of `count`, `[count, 3, frames, side, side]`, `uint8`.
  func clips(_ name: String, _ count: Int, _ body: (Int) throws -> Tensor) throws -> Tensor {
    var progress = ProgressCounter(name, of: count, report: report)
    let clips = try (0..<count).map { index in
      try stop.check()
      let frames = try body(index)
      progress.add(1)
      return try checked {
        ((frames.transposed(0, 1) + 1) * 127.5).rounded().clamped(min: 0.0, max: 255.0)
          .converted(to: .uint8)
      }
    }
    return try checked { clips.stacked() }
  }
}
