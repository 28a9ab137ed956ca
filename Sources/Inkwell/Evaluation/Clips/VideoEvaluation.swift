internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// What an evaluation of clips compares, and how it is seen.
struct VideoEvaluation {
  private let request: EvaluateVideo
  private let folder: VideoModelFolder
  private let model: TextToVideoModel
  private let training: ClipSet
  private let trainingCount: Int
  private let heldOut: ClipSet
  /// Which of the held-out clips are made, and what they show.
  private let chosen: [(index: Int, record: SpriteClip)]
  private let eyes: Eyes
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
    trainingCount = learnt.count
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
    let rebuilt = try clips("autoencoder") { index in
      try model.frames(of: model.latents(of: frames(index)))
    }
    let generated = try clips("clips of words") { index in
      try model.frames(plan(index, known: KnownFrames(noneOf: model.latentShape)))
    }
    let continued = try clips("clips of pictures") { index in
      try model.frames(plan(index, known: known(index, first: 1)))
    }
    let half = (model.latentFrames + 1) / 2
    let extended = try clips("clips that go on") { index in
      try model.frames(plan(index, known: known(index, first: half)))
    }
    let last = (half - 1) * model.autoencoder.configuration.timeReduction
    let still = try checked {
      real.narrowed(dim: 2, start: 0, length: 1).expanded(-1, -1, real.shape[2], -1, -1)
        .contiguous()
    }
    let others = records.indices.map { records[($0 + 1) % records.count] }
    let seen = try generatedFigures(generated, records, others)
    let error = try checked {
      (rebuilt.converted(to: .float32) - real.converted(to: .float32)).power(2).mean().item()
    }
    let figures = VideoFigures(
      model: folder.name, files: try folder.hashes(), settings: model.about.settings,
      seed: request.seed, data: training.hash, trainingClips: trainingCount,
      clips: records.count, generated: seen.own,
      continued: try self.seen("clips of pictures", continued, records),
      real: try self.seen("real clips", real, records),
      rebuilt: try self.seen("autoencoder's clips", rebuilt, records),
      still: try self.seen("still clips", still, records), chance: seen.others,
      seam: try Self.seam(real, extended, after: last),
      realSeam: try Self.seam(real, real, after: last),
      rebuiltRatio: 10 * log10(255 * 255 / max(error, 1e-12)))
    return (figures, try VideoPage.sheet(real: real, generated: generated, continued: continued))
  }

  private func generatedFigures(
    _ clips: Tensor, _ records: [SpriteClip], _ others: [SpriteClip]
  ) throws -> (own: VideoFigures.Seen, others: VideoFigures.Seen) {
    (
      try seen("clips of words", clips, records),
      try seen("clips of words, by chance", clips, others)
    )
  }

  private func seen(
    _ name: String, _ clips: Tensor, _ records: [SpriteClip]
  ) throws -> VideoFigures.Seen {
    var progress = ProgressCounter("looking at \(name)", of: records.count, report: report)
    return try eyes.seen(
      clips, as: records, resamples: request.resamples, seed: request.seed
    ) { progress.add($0) }
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
    TextToVideoModel.Plan(
      prompt: chosen[index].record.text, known: known, settings: model.about.settings,
      seed: request.seed &+ UInt64(index))
  }

  /// What `body` makes of each caption, `[clips, 3, frames, side, side]`, `uint8`.
  private func clips(_ name: String, _ body: (Int) throws -> Tensor) throws -> Tensor {
    var progress = ProgressCounter(name, of: chosen.count, report: report)
    let clips = try chosen.indices.map { index in
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
