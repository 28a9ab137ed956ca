internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Torch

/// The clips of a folder in memory, with what is said about them.
struct ClipSet: CaptionedSet {
  /// The clips, `[count, 3, frames, side, side]`, `uint8`.
  let clips: Tensor
  /// What is said about each.
  let records: [ImageFolder.Record]
  /// What names the data: the SHA-256 of the folder's `metadata.jsonl` and of the clips' pixels.
  let hash: String

  /// Reads the clips of a folder's split.
  ///
  /// The files are decoded in this process: a folder to train on is trusted.
  ///
  /// - Parameters:
  ///   - folder: A folder of clips with `metadata.jsonl`, as `ImageFolder` has it.
  ///   - frames: How many frames of each are read, from the first.
  ///   - side: The width and height that they have.
  ///   - split: The split; a clip of none belongs to `train`.
  /// - Throws: `ImageFolderError`, `ClipError`, or ``TrainingDataError`` for a clip of another size
  ///   or with fewer frames, and where no clip is left.
  init(folder: URL, frames: Int, side: Int, split: String) throws {
    let source = try ImageFolder(contentsOf: folder)
    records = source.records.filter { ($0.split ?? "train") == split }
    guard !records.isEmpty else {
      throw TrainingDataError.empty(
        folder: folder.path(percentEncoded: false), split: split, styles: nil)
    }
    let tensors = try records.map { record in
      let clip = try Clip(
        contentsOf: folder.appending(path: record.fileName), reading: .trusted)
      guard clip.width == side, clip.height == side, clip.count >= frames else {
        throw TrainingDataError.clip(
          record.fileName, expected: [frames, side, side],
          found: [clip.count, clip.height, clip.width])
      }
      return try clip.part(start: 0, count: frames).bytes
    }
    clips = tensors.stacked()
    hash = FileHash.sha256(
      ofTexts: [
        try FileHash.sha256(of: folder.appending(path: "metadata.jsonl")),
        clips.withUnsafeBytes { FileHash.sha256(of: $0) },
      ])
  }

  /// The width and height of the clips.
  var side: Int { clips.shape[4] }

  /// The number of frames of a clip.
  var frames: Int { clips.shape[2] }

  /// Some of the clips in [-1, 1], `[indices.count, 3, frames, side, side]`.
  func batch(_ indices: [Int]) -> Tensor {
    Image.scaled(clips.indexSelected(dim: 0, Tensor(indices)))
  }
}

extension Clip {
  /// The clip's colours, `[3, frames, height, width]`, `uint8`.
  var bytes: Tensor {
    let bytes = pixels.withUnsafeBytes {
      Tensor(bytes: $0, shape: [count, height, width, 3], dtype: .uint8)
    }
    return bytes.permuted(3, 0, 1, 2).contiguous()
  }
}
