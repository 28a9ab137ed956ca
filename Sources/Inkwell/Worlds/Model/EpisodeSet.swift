internal import Checkpoints
internal import Files
internal import Foundation
internal import Modalities
internal import Torch

/// The drives of a synthesized data set in memory.
struct EpisodeSet {
  /// All frames, `[drives · frames, 3, side, side]`, `uint8`.
  let frames: Tensor
  /// What is said of each drive.
  let labels: [EpisodeLabels]
  /// The frames of a drive.
  let length: Int
  /// The width and height of the frames.
  let side: Int
  /// What names the data: the SHA-256 of the manifest, which has those of all files.
  let hash: String

  /// Reads the drives of a split.
  ///
  /// The files are compared with the manifest and decoded in this process: a folder to train on is
  /// trusted.
  ///
  /// - Parameters:
  ///   - folder: A folder that `Synthesize` filled.
  ///   - split: "train" or "heldout".
  ///   - limit: The most drives to read; all if not given.
  /// - Throws: ``SynthesizeError`` for what is not as it was written, `ClipError`, or
  ///   ``TrainingDataError/empty(folder:split:styles:)``.
  init(folder: URL, split: String, limit: Int? = nil) throws {
    let file = folder.appending(path: SynthesisFolder.manifestFile)
    let manifest: SynthesisManifest = try Self.decoded(try Self.data(file), file)
    (length, side) = (manifest.request.street.frames, manifest.request.street.side)
    hash = try FileHash.sha256(of: file)
    var labels: [EpisodeLabels] = []
    var clips: [Tensor] = []
    for shard in manifest.shards {
      let place = folder.appending(path: shard.file)
      let bytes = try Self.data(place)
      guard FileHash.sha256(of: bytes) == shard.sha256 else {
        throw SynthesizeError.damaged(
          path: place.path(percentEncoded: false),
          reason: "expected the file that the manifest names, found another")
      }
      for (drive, frames) in try Self.drives(bytes, place) where drive.split == split {
        guard labels.count < limit ?? .max else { break }
        labels.append(drive)
        clips.append(try Self.pixels(of: frames))
      }
    }
    guard !labels.isEmpty else {
      throw TrainingDataError.empty(
        folder: folder.path(percentEncoded: false), split: split, styles: nil)
    }
    self.labels = labels
    frames = clips.concatenated(dim: 0)
  }

  private static func data(_ file: URL) throws -> Data {
    let path = file.path(percentEncoded: false)
    do {
      return try Data(contentsOf: file)
    } catch {
      throw SynthesizeError.damaged(path: path, reason: error.localizedDescription)
    }
  }

  private static func decoded<Value: Decodable>(_ data: Data, _ file: URL) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw SynthesizeError.damaged(path: file.path(percentEncoded: false), reason: "\(error)")
    }
  }

  /// The labels of a shard's drives, and the files of their frames.
  private static func drives(
    _ bytes: Data, _ file: URL
  ) throws -> [(labels: EpisodeLabels, frames: Data)] {
    let path = file.path(percentEncoded: false)
    var frames: [Substring: Data] = [:]
    var drives: [(EpisodeLabels, Data)] = []
    for entry in try TarArchive.entries(of: bytes, source: path) {
      let key = entry.name.prefix { $0 != "." }
      switch entry.name.dropFirst(key.count) {
      case ".frames.apng": frames[key] = entry.data
      case ".json":
        guard let own = frames[key] else {
          throw SynthesizeError.damaged(
            path: path, reason: "expected \(key).frames.apng before \(entry.name)")
        }
        drives.append((try decoded(entry.data, file), own))
      default: break
      }
    }
    return drives
  }

  /// The frames of a file, `[frames, 3, side, side]`, `uint8`.
  private static func pixels(of data: Data) throws -> Tensor {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "inkwell-drive-\(UUID().uuidString).apng")
    try data.write(to: file)
    defer { Folder.discard(file) }
    let clip = try Clip(contentsOf: file, reading: .trusted)
    return clip.pixels.withUnsafeBytes {
      Tensor(bytes: $0, shape: [clip.count, clip.height, clip.width, 3], dtype: .uint8)
    }.permuted(0, 3, 1, 2).contiguous()
  }
}

extension EpisodeSet {
  /// Frames in [-1, 1].
  ///
  /// - Parameter numbers: Places among all frames.
  /// - Returns: `[numbers.count, 3, side, side]`.
  func frames(_ numbers: [Int]) -> Tensor {
    Image.scaled(frames.indexSelected(dim: 0, Tensor(numbers)))
  }

  /// The number of frames that have so many before them in their drive.
  func count(past: Int) -> Int { labels.count * (length - past) }

  /// The place of one of these frames among all frames, and the action that leads to it.
  func target(_ index: Int, past: Int) -> (frame: Int, action: Int) {
    let (drive, offset) = index.quotientAndRemainder(dividingBy: length - past)
    let frame = past + offset
    return (drive * length + frame, labels[drive].actions[frame - 1].number)
  }
}
