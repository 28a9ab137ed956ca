internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Torch

/// The clips of a folder in memory, with what is said about them.
struct SoundSet: CaptionedSet {
  /// The clips, `[count, channels, frames]`, `int16`.
  let clips: Tensor
  /// What is said about each.
  let records: [ImageFolder.Record]
  /// What names the data: the SHA-256 of the folder's `metadata.jsonl`, of the names of the files,
  /// and of their samples.
  let hash: String

  /// Reads the clips of a folder's split.
  ///
  /// - Parameters:
  ///   - folder: A folder of sound files with `metadata.jsonl`.
  ///   - form: What every clip is brought to.
  ///   - split: The split; a clip of none belongs to `train`.
  ///   - limit: How many to read, spread over all; every one if not given.
  ///   - melodies: Whether the clips are not the sounds, but what is named as their melodies.
  /// - Throws: `ImageFolderError`, `SoundError`, or ``TrainingDataError`` where no clip is left, or
  ///   one has no melody.
  init(
    folder: URL, form: Form, split: String, limit: Int? = nil, melodies: Bool = false
  ) throws {
    let chosen = try ImageFolder(contentsOf: folder).records.filter {
      ($0.split ?? "train") == split
    }
    let count = min(limit ?? chosen.count, chosen.count)
    guard count > 0 else {
      throw TrainingDataError.empty(
        folder: folder.path(percentEncoded: false), split: split, styles: nil)
    }
    records = (0..<count).map { chosen[$0 * chosen.count / count] }
    let files = try records.map { record in
      guard melodies else { return record.fileName }
      guard let melody = record.melody else {
        throw TrainingDataError.noMelody(
          record.fileName, folder: folder.path(percentEncoded: false))
      }
      return melody
    }
    let tensors = try files.map { file in
      try form.samples(of: Sound(contentsOf: folder.appending(path: file)))
    }
    clips = try checked { tensors.stacked() }
    hash = FileHash.sha256(
      ofTexts: [
        try FileHash.sha256(of: folder.appending(path: "metadata.jsonl")),
        clips.withUnsafeBytes { FileHash.sha256(of: $0) },
      ] + files)
  }

  /// What the clips of a set have in common.
  struct Form {
    let channels: Int
    let sampleRate: Int
    let frames: Int

    /// A sound's samples as whole numbers, `[channels, frames]`: cut, or followed by silence.
    func samples(of sound: Sound) throws -> Tensor {
      let own = try sound.mixed(toChannels: channels).resampled(to: sampleRate).part(0..<frames)
      let whole = own.samples.map { Int16(min(max(($0 * 32_768).rounded(), -32_768), 32_767)) }
      return whole.withUnsafeBytes { Tensor(bytes: $0, shape: [channels, frames], dtype: .int16) }
    }
  }

  /// Some of the clips in [-1, 1), `[indices.count, channels, frames]`.
  func batch(_ indices: [Int]) -> Tensor {
    clips.indexSelected(dim: 0, Tensor(indices)).converted(to: .float32) / 32_768
  }

  /// A part of some of the clips in [-1, 1), from a place of its own in each.
  ///
  /// - Parameters:
  ///   - indices: The clips.
  ///   - frames: The length of a part, at most that of a clip.
  ///   - generator: Draws the places.
  /// - Returns: `[indices.count, channels, frames]`.
  func crops(_ indices: [Int], frames: Int, _ generator: Generator) -> Tensor {
    let last = clips.shape[2] - frames
    let starts = generator.integers(in: 0..<last + 1, [indices.count]).values(as: Int.self)
    let parts = zip(indices, starts).map { index, start in
      clips.selected(dim: 0, index: index).narrowed(dim: 1, start: start, length: frames)
    }
    return parts.stacked().converted(to: .float32) / 32_768
  }
}
