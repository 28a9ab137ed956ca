internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Torch

/// What is seen in the parts of some clips.
struct ClipShelf {
  /// A part of a clip that is looked at as one.
  struct Window: Sendable, Hashable {
    /// The clip's path.
    let file: String
    /// The frames.
    let frames: Range<Int>
    let rate: FrameRate

    /// When it begins, in seconds.
    var start: Double { Double(frames.lowerBound) / rate.value }
    /// When it ends, in seconds.
    var end: Double { Double(frames.upperBound) / rate.value }
  }

  /// The parts, those of a clip one after the other.
  let windows: [Window]
  /// What is seen in each, `[windows, channels]`.
  let features: Tensor

  /// Some of the parts.
  func keeping(_ isKept: (Window) -> Bool) throws -> ClipShelf {
    let kept = windows.indices.filter { isKept(windows[$0]) }
    return ClipShelf(
      windows: kept.map { windows[$0] },
      features: try checked { features.indexSelected(dim: 0, Tensor(kept)) })
  }

  /// How like each part is to an example: the cosine of what is seen, in deviations of these parts.
  ///
  /// - Parameter example: What is seen in the example's parts, `[parts, channels]`.
  /// - Returns: `[windows]`, in [-1, 1].
  /// - Throws: A `TorchError`.
  func likeness(to example: Tensor) throws -> Tensor {
    try checked {
      let mean = features.mean(dims: [0], keepingDims: true)
      let spread = (features - mean).power(2).mean(dims: [0], keepingDims: true).squareRoot()
      func direction(_ x: Tensor) -> Tensor {
        let y = (x - mean) / (spread + 1e-6)
        return y / y.vectorNorm(dims: [1], keepingDims: true).clamped(min: 1e-12)
      }
      let wanted = direction(example.mean(dims: [0], keepingDims: true))
      return (direction(features) * wanted).sum(dims: [1])
    }
  }

  /// The overlapping parts of a clip: each begins in the middle of the one before, and the last one
  /// ends where the clip ends.
  ///
  /// - Parameters:
  ///   - count: The frames of the clip, at least 1.
  ///   - length: The frames of a part, at least 1; a shorter clip is one part.
  /// - Returns: The frames of each part, in order.
  static func parts(of count: Int, length: Int) -> [Range<Int>] {
    guard count > length else { return [0..<count] }
    let step = max(1, length / 2)
    let starts = Array(stride(from: 0, through: count - length, by: step))
    let all = starts.last == count - length ? starts : starts + [count - length]
    return all.map { $0..<$0 + length }
  }
}

/// Looks at clips, and keeps what was seen.
struct ClipWatcher {
  let network: EvaluationNetwork
  /// The frames of a part.
  let length: Int
  let cache: URL
  let reading: ClipReading
  let stop: StopSignal

  /// Looks at a clip, if it is not known what is in it.
  ///
  /// - Parameter file: Its path.
  /// - Returns: Its parts.
  /// - Throws: A `ClipError`, or a `CancellationError`.
  func shelf(of file: String) throws -> ClipShelf {
    try stop.check()
    let url = URL(filePath: file)
    let hash = try FileHash.sha256(of: url)
    let known = cache.appending(path: "clips/\(hash.prefix(32))-\(length).safetensors")
    let tensors = try TensorCache(file: known).tensors(
      from: ["clip parts 1", network.identity, hash, "\(length)"]
    ) {
      let clip = try Clip(contentsOf: url, reading: reading)
      return [
        "features": try features(of: clip),
        "clip": Tensor([clip.count, clip.frameRate.numerator, clip.frameRate.denominator]),
      ]
    }
    let numbers = tensors["clip"]?.values(as: Int.self) ?? []
    let parts = ClipShelf.parts(of: numbers.first ?? 0, length: length)
    guard numbers.count == 3, let features = tensors["features"], features.shape[0] == parts.count
    else { throw SearchError.cache(known.path(percentEncoded: false)) }
    let rate = try FrameRate(numbers[1], over: numbers[2])
    return ClipShelf(
      windows: parts.map { ClipShelf.Window(file: file, frames: $0, rate: rate) },
      features: features)
  }

  /// Looks at some clips.
  ///
  /// - Parameters:
  ///   - files: Their paths.
  ///   - broken: Told of a clip that cannot be read, which is passed over; without it, it ends the
  ///     search.
  ///   - onClip: Called after every clip.
  /// - Returns: All their parts; none where there is no clip.
  /// - Throws: A `CancellationError`, or what is wrong with a clip.
  func shelf(
    of files: [String], broken: ((String, ClipError) -> Void)? = nil, onClip: () -> Void
  ) throws -> ClipShelf {
    let shelves = try files.compactMap { file -> ClipShelf? in
      defer { onClip() }
      do {
        return try shelf(of: file)
      } catch let error as ClipError {
        guard let broken else { throw error }
        broken(file, error)
        return nil
      }
    }
    return ClipShelf(
      windows: shelves.flatMap(\.windows),
      features: shelves.isEmpty
        ? .zeros([0, 1]) : try checked { shelves.map(\.features).concatenated() })
  }

  /// What is seen in the parts of a clip, `[parts, channels]`.
  private func features(of clip: Clip) throws -> Tensor {
    let parts = try ClipShelf.parts(of: clip.count, length: length).map { part in
      let frames = try clip.part(start: part.lowerBound, count: part.count).bytes.unsqueezed(0)
      // What does not move has no neighbouring frames.
      let moving =
        part.count > 1 ? frames : try checked { frames.expanded(-1, -1, 2, -1, -1) }
      return try Eyes.sight(of: moving, network.network, stop) { _ in }.both
    }
    return try checked { parts.concatenated() }
  }
}
