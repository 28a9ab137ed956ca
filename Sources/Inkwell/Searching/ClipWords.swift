internal import Checkpoints
internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch
internal import Training

/// Words as they are understood from clips with captions.
struct ClipWords {
  private let model: PictureTextModel
  private let texts: FeatureMaker

  /// The fewest clips that words are understood from.
  static let fewest = 8

  /// Learns which captions fit which clips, or reads what was learnt from the same.
  ///
  /// - Parameters:
  ///   - folder: The clips with `metadata.jsonl`, of which those of no split or of `train` count.
  ///   - watcher: Looks at clips.
  ///   - texts: Encodes captions.
  ///   - steps: The steps of the training.
  /// - Throws: `ImageFolderError`, ``SearchError``, a `ClipError`, or a `CancellationError`.
  init(describedIn folder: URL, watcher: ClipWatcher, texts: FeatureMaker, steps: Int = 1200) throws
  {
    self.texts = texts
    let source = try ImageFolder(contentsOf: folder)
    let records = source.records.filter { ($0.split ?? "train") == "train" }
    guard records.count >= Self.fewest else {
      throw SearchError.tooFew(
        folder: folder.path(percentEncoded: false), expected: Self.fewest, found: records.count)
    }
    let files = records.map { folder.appending(path: $0.fileName).path(percentEncoded: false) }
    var progress = ProgressCounter("described clips", of: files.count, report: texts.report)
    let shelf = try watcher.shelf(of: files) { progress.add(1) }
    var numbers: [String: Int] = [:]
    var captions: [String] = []
    let choices = Dictionary(
      zip(files, records.map(\.choices)), uniquingKeysWith: { first, _ in first })
    let captionsOfWindow = shelf.windows.map { window in
      (choices[window.file] ?? []).map { caption in
        if let number = numbers[caption] { return number }
        numbers[caption] = captions.count
        captions.append(caption)
        return captions.count - 1
      }
    }
    let maker = PictureTextTraining(
      pictures: shelf.features,
      captions: try texts.features(ofCaptions: captions, "described captions"),
      captionsOfPicture: captionsOfWindow,
      plan: try PictureTextTraining.plan(pictures: shelf.windows.count, steps: steps))
    let identity = FileHash.sha256(
      ofTexts: captions + [
        texts.network.identity, texts.textIdentity, "\(maker.plan)",
        shelf.features.withUnsafeBytes { FileHash.sha256(of: $0) },
      ])
    var steps = ProgressCounter("words", of: maker.plan.steps, report: texts.report)
    model = try maker(
      folder: texts.cache.appending(path: "clip-text-\(identity.prefix(16))"), identity: identity
    ) { _ in
      try texts.stop.check()
      steps.add(1)
    }
  }

  /// How well texts fit the parts of clips.
  ///
  /// - Returns: `[texts.count, windows]`, in [-1, 1].
  func likeness(_ sought: [String], to shelf: ClipShelf) throws -> Tensor {
    let features = try texts.features(ofCaptions: sought, "sought captions")
    return try checked {
      withoutGradients { model.likeness(captions: features, pictures: shelf.features) }
    }
  }
}
