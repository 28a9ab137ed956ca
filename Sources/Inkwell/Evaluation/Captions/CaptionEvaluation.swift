internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// The work of an evaluation of captions.
final class CaptionEvaluation {
  private let request: EvaluateCaptions
  private let folder: CaptionModelSource
  private let maker: CaptionMaker
  private let encoder: TextEncoder
  private let training: PictureSet
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void
  private var cells: [ContactSheet.Cell] = []

  /// The splits that pictures are held out in.
  private static let splits = ["heldout-pair", "heldout-base", "heldout"]
  /// The pictures that the sheet shows of a split, at most.
  private static let shown = 32

  init(
    _ request: EvaluateCaptions, folder: CaptionModelSource, textEncoder: URL, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    let model = try folder.model()
    let asked = try CaptionPictures.Request(
      model: request.model, pictures: [request.data], samples: request.samples,
      agreement: request.agreement, seed: request.seed)
    maker = CaptionMaker(model: model, request: asked, stop: stop)
    encoder = try TextEncoder(folder: textEncoder)
    report(.note("reading the pictures of \(request.data)"))
    training = try PictureSet(
      folder: URL(filePath: request.data), side: model.details.side, split: "train",
      styles: request.styles)
  }

  /// All figures; the sheet is ready afterwards.
  func figures() throws -> CaptionFigures {
    let seen = try pooled(training.pictures, "training pictures")
    var splits: [String: CaptionFigures.Split] = [:]
    for name in Self.splits {
      guard
        let set = try heldOutPictures(
          name, in: request.data, side: maker.model.details.side, request.styles)
      else { continue }
      splits[name] = try split(set, name, training: seen)
    }
    guard !splits.isEmpty else {
      throw EvaluationError.nothingHeldOut(
        folder: request.data, splits: Self.splits)
    }
    return CaptionFigures(
      model: folder.name, files: try folder.hashes(), data: training.hash,
      trainingPictures: training.records.count, samples: request.samples,
      agreement: request.agreement, splits: splits)
  }

  /// The first pictures of the splits with what is said of them.
  var sheet: Image {
    get throws { try ContactSheet(columns: 8, side: 96)(cells) }
  }

  private func split(
    _ set: PictureSet, _ name: String, training seen: Tensor
  ) throws -> CaptionFigures.Split {
    let (records, pictures) = try set.sample(request.pictures, seed: request.seed)
    guard records.count >= 8 else {
      throw EvaluationError.tooFew(split: name, expected: 8, found: records.count)
    }
    let names = try records.map { try PictureToTextTraining.Words.name.said(of: $0) }
    let captions = try captions(of: pictures, records, name)
    let nearest = try nearestNeighbours(of: pooled(pictures, name), among: seen).nearestIndices
      .map { try PictureToTextTraining.Words.name.said(of: training.records[$0]) }
    let said = captions.map(\.text)
    let isExact = zip(said, names).map { spelled($0) == spelled($1) }
    func exact(where isSure: Bool) -> Estimate? {
      let chosen = captions.indices.filter { captions[$0].isSure == isSure }
      guard !chosen.isEmpty else { return nil }
      return Estimate(successes: chosen.count { isExact[$0] }, of: chosen.count)
    }
    try show(pictures, captions, names)
    return CaptionFigures.Split(
      pictures: records.count, said: try judged(said, names),
      nearest: try judged(nearest, names),
      chance: try judged(Array(said.dropFirst()) + said.prefix(1), names),
      sure: Estimate(successes: captions.count { $0.isSure }, of: captions.count),
      exactWhereSure: exact(where: true), exactWhereUnsure: exact(where: false))
  }

  /// A text as the model would say it.
  private func spelled(_ text: String) -> String { text.lowercased() }

  private func judged(_ said: [String], _ names: [String]) throws -> CaptionFigures.Judged {
    let pairs = zip(said.map(spelled), names.map(spelled))
    let length = min(64, encoder.longestPrompt)
    let alike = try
      (encoder.embed(said, maximumTokens: length)
      * encoder.embed(names, maximumTokens: length)).sum(dims: [1])
      .values(as: Float.self).map(Double.init)
    return CaptionFigures.Judged(
      exact: Estimate(successes: pairs.count { $0 == $1 }, of: said.count),
      words: Estimate(meanOf: pairs.map { Self.recall(of: $1, in: $0) }),
      likeness: Estimate(meanOf: alike))
  }

  /// The share of a name's words that a caption has.
  static func recall(of name: String, in caption: String) -> Double {
    func words(_ text: String) -> Set<Substring> {
      Set(text.split { !$0.isLetter && !$0.isNumber })
    }
    let wanted = words(name)
    guard !wanted.isEmpty else { return name == caption ? 1 : 0 }
    return Double(wanted.intersection(words(caption)).count) / Double(wanted.count)
  }

  private func captions(
    of pictures: Tensor, _ records: [ImageFolder.Record], _ name: String
  ) throws -> [PictureCaption] {
    var progress = ProgressCounter("captions of \(name)", of: records.count, report: report)
    return try stride(from: 0, to: records.count, by: maker.pictures).flatMap { start in
      let range = start..<min(start + maker.pictures, records.count)
      defer { progress.add(range.count) }
      return try maker.captions(
        of: range.map {
          CaptionMaker.Picture(
            file: records[$0].fileName, sha256: "", pixels: pictures.selected(dim: 0, index: $0))
        })
    }
  }

  /// The mean over all places of what is seen.
  private func pooled(_ pictures: Tensor, _ name: String) throws -> Tensor {
    let count = pictures.shape[0]
    var progress = ProgressCounter("features of \(name)", of: count, report: report)
    let parts = try stride(from: 0, to: count, by: 32).map { start in
      try stop.check()
      let length = min(32, count - start)
      defer { progress.add(length) }
      return try checked {
        withoutGradients {
          maker.model.views.seen(pictures.narrowed(dim: 0, start: start, length: length))
            .mean(dims: [1])
        }
      }
    }
    return try checked { parts.concatenated() }
  }

  private func show(
    _ pictures: Tensor, _ captions: [PictureCaption], _ names: [String]
  ) throws {
    for index in captions.indices.prefix(Self.shown) {
      let caption = captions[index]
      let mark = caption.text == spelled(names[index]) ? "" : " ≠ \(names[index])"
      let sureness = caption.isSure ? "" : " (not sure)"
      let pixels = Image.scaled(pictures.selected(dim: 0, index: index))
      cells.append(
        ContactSheet.Cell(try Image(tensor: pixels), label: caption.text + sureness + mark))
    }
  }
}
