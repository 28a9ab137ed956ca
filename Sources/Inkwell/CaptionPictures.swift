internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Says what pictures show.
///
/// ```swift
/// let request = try CaptionPictures.Request(pictures: ["holiday/"])
/// for try await event in CaptionPictures()(request) {
///   if case .caption(let caption) = event { print(caption.file, caption.text) }
/// }
/// ```
public struct CaptionPictures: RepeatableTask {
  /// What a file that was made carries.
  public typealias Record = CaptionRecord

  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// What happens while pictures are described.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// A picture of a folder cannot be read, and is passed over.
    case broken(file: String, reason: String)
    /// A caption is ready, the number of which is counted from 1.
    case caption(PictureCaption, Int, of: Int)
    /// All are ready; how they were made.
    case record(CaptionRecord)
  }

  /// Makes what is asked for on this thread.
  public func make(
    _ request: Request, by name: String?, expected: CaptionRecord?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws {
    let folder = try library.captionModel(name ?? request.model)
    let files = try PictureFiles(request.pictures)
    report(.loading(model: folder.name))
    let hashes = try folder.hashes()
    if let expected { try check(hashes, are: expected.files, in: folder.url) }
    let model = try folder.model()
    let maker = CaptionMaker(model: model, request: request, stop: stop)
    var captions: [PictureCaption] = []
    try files.inBatches(of: maker.pictures) { batch in
      try stop.check()
      let pictures = try batch.compactMap { file -> CaptionMaker.Picture? in
        do {
          return try maker.picture(file.path)
        } catch  where !file.isNamed {
          report(.broken(file: file.path, reason: "\(error)"))
          return nil
        }
      }
      for caption in try maker.captions(of: pictures) {
        if let known = expected?.captions.first(where: { $0.file == caption.file }),
          known.sha256 != caption.sha256
        {
          throw ProvenanceError.otherSource(file: caption.file)
        }
        captions.append(caption)
        report(.caption(caption, captions.count, of: files.count))
      }
    }
    report(
      .record(
        CaptionRecord(
          request: request, files: hashes, captions: captions, threads: Machine.threads)))
  }
}

/// Describes pictures, some at a time.
struct CaptionMaker {
  let model: PictureToTextModel
  let request: CaptionPictures.Request
  let stop: StopSignal

  /// A picture that was read.
  struct Picture {
    let file: String
    let sha256: String
    /// `[3, side, side]`, `uint8`.
    let pixels: Tensor
  }

  /// How many pictures are described at a time: about 64 captions.
  var pictures: Int { max(1, 64 / request.samples) }

  /// Reads a picture.
  func picture(_ path: String) throws -> Picture {
    let url = URL(filePath: path)
    let image = try Image(contentsOf: url)
    return Picture(
      file: path, sha256: try FileHash.sha256(of: url),
      pixels: try checked { try image.square(model.details.side) })
  }

  /// What is said of each picture.
  func captions(of pictures: [Picture]) throws -> [PictureCaption] {
    guard !pictures.isEmpty else { return [] }
    let samples = request.samples
    let seeds = (0..<samples).map { request.seed &+ UInt64($0) }
    let said = try checked {
      try withoutGradients {
        let features = model.features(pictures.map(\.pixels).stacked())
        return try model.captions(
          features.repeatInterleaved(samples, dim: 0), seeds: pictures.flatMap { _ in seeds },
          request.sampling ?? model.details.sampling, guidance: request.guidance,
          onStep: { try stop.check() })
      }
    }
    return pictures.enumerated().map { index, picture in
      PictureCaption(
        of: Array(said[index * samples..<(index + 1) * samples]), file: picture.file,
        sha256: picture.sha256, needed: request.agreement)
    }
  }
}
