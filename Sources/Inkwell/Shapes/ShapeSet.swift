internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Torch

/// The clouds of points of a folder in memory, with what is said about them.
struct ShapeSet: CaptionedSet {
  /// The points, `[count, kept, 6]`: places in the cube from -1 to 1, and red, green and blue in
  /// [0, 1].
  let clouds: Tensor
  /// What is said about each.
  let records: [ImageFolder.Record]
  /// What names the data: the SHA-256 of the folder's `metadata.jsonl`, of the names of the files,
  /// and of their points.
  let hash: String

  /// Reads the shapes of a folder's split, and of some groups only if they are given.
  ///
  /// - Parameters:
  ///   - folder: A folder of files of shapes with `metadata.jsonl`.
  ///   - split: The split; a shape of none belongs to `train`.
  ///   - groups: The groups; all if not given.
  ///   - points: The points that every shape must have at least. As many as all have are kept, the
  ///     first ones.
  ///   - limit: How many shapes to read, spread over all; every one if not given.
  /// - Throws: `ImageFolderError`, `ShapeError`, or ``TrainingDataError`` where no shape is left or
  ///   one has too few points.
  init(folder: URL, split: String, groups: [String]?, points: Int, limit: Int? = nil) throws {
    let chosen = try ImageFolder(contentsOf: folder).records.filter {
      ($0.split ?? "train") == split && (groups?.contains($0.group ?? "") ?? true)
    }
    let count = min(limit ?? chosen.count, chosen.count)
    guard count > 0 else {
      throw TrainingDataError.shapes(
        folder: folder.path(percentEncoded: false), split: split, groups: groups)
    }
    records = (0..<count).map { chosen[$0 * chosen.count / count] }
    let read = try records.map { record in
      let shape = try ShapeFile(contentsOf: folder.appending(path: record.fileName)).shape
      guard case .points(let cloud) = shape, cloud.count >= points else {
        throw TrainingDataError.points(
          record.fileName, expected: points, found: shape.positions.count)
      }
      return cloud
    }
    let kept = read.map(\.count).min() ?? points
    clouds = try checked {
      read.map { cloud in
        let chosen = cloud.chosen(Array(0..<kept))
        return concatenate(chosen.positionTensor, chosen.colorTensor / 255, dim: 1)
      }.stacked()
    }
    hash = FileHash.sha256(
      ofTexts: [
        try FileHash.sha256(of: folder.appending(path: "metadata.jsonl")),
        clouds.withUnsafeBytes { FileHash.sha256(of: $0) },
      ] + records.map(\.fileName))
  }

  /// Some of a shape's points at random, `[points, 6]`.
  func drawn(_ index: Int, points: Int, _ generator: Generator) -> Tensor {
    let cloud = clouds.selected(dim: 0, index: index)
    let chosen = generator.permutation(cloud.shape[0]).narrowed(dim: 0, start: 0, length: points)
    return cloud.indexSelected(dim: 0, chosen)
  }
}
