internal import Checkpoints
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// What is seen in the pictures of shapes: in each of some framings, and mirrored left to right.
struct ShapePictures {
  /// What looks at pictures.
  let views: PictureViews
  /// What names the contents of the pictures, and what looks at them.
  let name: String
  private let weights: WeightSource
  /// Which shapes have a picture.
  private let isThere: [Bool]
  /// What is seen, `[2 · framings · shapes, places, features]`, `float16`: the mirrored ones last.
  private let seen: Tensor

  /// Looks at pictures, or reads what was seen in the same before.
  ///
  /// - Parameters:
  ///   - records: The shapes, of which some name a picture.
  ///   - folder: The folder that the pictures are in.
  ///   - seenSide: The width and height at which they are seen.
  ///   - pickle: The weights of EfficientNet-Lite0.
  ///   - cache: The folder where what is seen is kept.
  /// - Throws: ``TrainingDataError`` where no shape has a picture, `ImageError`, or what is wrong
  ///   with the weights or the cache.
  init(
    of records: [ImageFolder.Record], in folder: URL, seenSide: Int, by pickle: URL, cache: URL
  ) throws {
    isThere = records.map { $0.picture != nil }
    guard isThere.contains(true) else {
      throw TrainingDataError.pictures(folder: folder.path(percentEncoded: false))
    }
    weights = try EfficientNetLite.weights(lite0: pickle)
    let views = PictureViews(encoder: try EfficientNetLite.loaded(weights), seenSide: seenSide)
    self.views = views
    let white = try Image(width: seenSide, height: seenSide, color: .white).square(seenSide)
    let pictures = try records.map { record in
      try record.picture.map { try Image(contentsOf: folder.appending(path: $0)).square(seenSide) }
        ?? white
    }.stacked()
    name = FileHash.sha256(
      ofTexts: [
        pictures.withUnsafeBytes { FileHash.sha256(of: $0) }, try FileHash.sha256(of: pickle),
      ])
    seen =
      try TensorCache(file: cache.appending(path: "seen.safetensors")).tensors(
        from: [name, "\(seenSide)"]
      ) { ["seen": try Self.seen(pictures, by: views)] }["seen"] ?? .zeros([0])
  }

  private static func seen(_ pictures: Tensor, by views: PictureViews) throws -> Tensor {
    try [pictures, pictures.flipped([-1])].flatMap { pictures in
      try PictureViews.Framing.all.flatMap { framing in
        try stride(from: 0, to: pictures.shape[0], by: 32).map { start in
          let count = min(32, pictures.shape[0] - start)
          return try checked {
            withoutGradients {
              let some = pictures.narrowed(dim: 0, start: start, length: count)
              return PictureViews.places(of: views.map(some, framing, stages: nil))
                .converted(to: .float16)
            }
          }
        }
      }
    }.concatenated()
  }

  /// Which framing of its picture each shape is shown with, if any.
  ///
  /// - Parameters:
  ///   - indices: The shapes.
  ///   - share: The share that is shown with a picture, in [0, 1].
  ///   - captions: The shapes' captions, half of which are left out where a picture is shown.
  ///   - generator: Draws.
  /// - Returns: The framing of each, or nothing.
  func looks(
    at indices: [Int], share: Double, silencing captions: inout [String?], _ generator: Generator
  ) -> [Int?] {
    let draws = generator.uniform([indices.count, 3]).values(as: Double.self)
    let framings = PictureViews.Framing.all.count
    return indices.enumerated().map { place, index in
      let own = Array(draws[3 * place..<3 * (place + 1)])
      guard isThere[index], own[0] < share else { return nil }
      if own[1] < 0.5 { captions[place] = nil }
      return min(Int(own[2] * Double(framings)), framings - 1)
    }
  }

  /// What is seen of shapes.
  ///
  /// - Parameters:
  ///   - indices: The shapes.
  ///   - looks: The framing of each one's picture, if it is shown.
  ///   - mirrored: Whether each is mirrored.
  /// - Returns: `[indices.count, places, channels]`, zeros where no picture is shown.
  func features(_ indices: [Int], _ looks: [Int?], mirrored: [Bool]) -> Tensor {
    let (count, framings) = (isThere.count, PictureViews.Framing.all.count)
    let rows = indices.indices.map { place in
      ((mirrored[place] ? framings : 0) + (looks[place] ?? 0)) * count + indices[place]
    }
    let isShown = Tensor(looks.map { Float($0 == nil ? 0 : 1) }, shape: [indices.count, 1, 1])
    return views.placed(seen.indexSelected(dim: 0, Tensor(rows)).converted(to: .float32)) * isShown
  }

  /// Writes what looks at pictures as a part of a model.
  func writeEncoder(to folder: URL) throws {
    try EfficientNetLite.write(weights, replacing: WeightSource([:]), to: folder)
  }
}
