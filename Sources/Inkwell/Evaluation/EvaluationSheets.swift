internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// The pictures of an evaluation's page.
struct EvaluationSheets {
  /// Everyday things that a person should recognise at once.
  static let plainPrompts = [
    "red apple", "smiling cat", "rocket", "rainbow", "snowman", "slice of watermelon", "guitar",
    "pizza", "penguin", "house",
  ]

  /// The pictures that are shown, at most.
  static let shown = 64

  /// Generated pictures with their captions.
  let grid: Image
  /// Each of them beside the nearest training pictures.
  let nearest: Image
  /// Pictures of plain prompts, a column each.
  let plain: Image

  init(_ run: EvaluationRun, _ comparison: SplitComparison, _ set: HeldOut) throws {
    let count = min(Self.shown, set.records.count)
    let generated = try (0..<count).map { try Self.image(set.generated, $0) }
    let captions = set.records.prefix(count).map(run.model.caption)
    grid = try ContactSheet(columns: 8, side: 96)(
      zip(generated, captions).map { ContactSheet.Cell($0, label: $1) })
    let byFeatures = try comparison.nearestByFeatures(
      set.generatedFeatures.narrowed(dim: 0, start: 0, length: count))
    let byPixels = try comparison.nearestByPixels(
      set.generated.narrowed(dim: 0, start: 0, length: count))
    let distances = comparison.pixelDistances(byPixels)
    var cells: [ContactSheet.Cell] = []
    for index in 0..<count {
      let (feature, pixel) = (byFeatures.nearestIndices[index], byPixels.nearestIndices[index])
      func label(_ place: Int, _ distance: Double, _ digits: Int) -> String {
        let number = String(format: "%.\(digits)f", distance)
        return "\(number): \(run.training.records[place].text)"
      }
      cells.append(ContactSheet.Cell(generated[index], label: "▶ \(captions[index])"))
      cells.append(
        ContactSheet.Cell(
          try Self.image(run.training.pictures, feature),
          label: label(feature, byFeatures.nearest[index], 1)))
      cells.append(
        ContactSheet.Cell(
          try Self.image(run.training.pictures, pixel), label: label(pixel, distances[index], 3)))
    }
    nearest = try ContactSheet(columns: 12, side: 96)(cells)
    plain = try Self.plain(run)
  }

  /// Four pictures of each plain prompt, with the seeds from the request's on.
  private static func plain(_ run: EvaluationRun) throws -> Image {
    var cells: [ContactSheet.Cell] = []
    for row in 0..<4 {
      let seeds = plainPrompts.indices.map {
        run.request.seed &+ UInt64(row * plainPrompts.count + $0)
      }
      let images = try run.model.images(plainPrompts.map(run.model.prompt), seeds) { _ in
        try run.features.stop.check()
      }
      cells += zip(images, plainPrompts).map {
        ContactSheet.Cell($0, label: run.model.prompt($1))
      }
    }
    return try ContactSheet(columns: plainPrompts.count, side: 96)(cells)
  }

  private static func image(_ pictures: Tensor, _ index: Int) throws -> Image {
    let picture = try checked { Image.scaled(pictures.selected(dim: 0, index: index)) }
    return try Image(tensor: picture)
  }
}
