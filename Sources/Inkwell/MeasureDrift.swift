public import Evaluation
internal import Foundation
internal import Torch

/// Measures how far a model of a world drifts from its simulator: the model goes on with held-out
/// drives by their own actions, from their first frames alone.
///
/// What comes into view later is new, so no model can know it: the error rises for a perfect one
/// too. Where the car is depends on the actions alone, and is to be right for long.
public struct MeasureDrift: Codable, Sendable, Hashable {
  /// The numbers of frames ahead at which is measured, as far as drives are that long.
  static let horizons = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128]

  /// The model's name, or the path of its folder.
  public var model: String
  /// The folder of a synthesized data set.
  public var data: String
  /// The most held-out drives to go on with.
  public var drives: Int
  /// The seed of the first drive's noise; each next one has the next seed.
  public var seed: UInt64

  /// Describes what to measure.
  public init(model: String, data: String, drives: Int = 64, seed: UInt64 = 0) {
    self.model = model
    self.data = data
    self.drives = drives
    self.seed = seed
  }

  /// What was measured so many frames ahead.
  public struct Row: Codable, Sendable, Hashable {
    /// The number of frames that the model had made.
    public let ahead: Int
    /// The root of the mean square error of its frame, in 8-bit levels; the mean over drives.
    public let error: Estimate
    /// The same of the last frame that was given, as if the world stood still.
    public let still: Estimate
    /// The share of drives whose car is where the simulator has it, to a pixel.
    public let placed: Estimate
    /// The same as if the car stayed where it was last given.
    public let placedStill: Estimate
  }

  /// Measures.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - stop: Ends the run with a `CancellationError` after the drive that it is at.
  ///   - report: Told how many of how many drives are done.
  /// - Returns: A row for each number of frames ahead.
  /// - Throws: ``GenerateError`` for a number out of its range, ``ModelError``,
  ///   ``SynthesizeError``, ``TrainingDataError``, or a `SamplingError`.
  public func callAsFunction(
    library: ModelLibrary = .standard, until stop: StopSignal = StopSignal(),
    report: (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) throws -> [Row] {
    try GenerateError.check("drives", drives, in: 1...100_000)
    let folder = try library.worldModel(model)
    let network = try WorldModel(folder)
    let set = try EpisodeSet(folder: URL(filePath: data), split: "heldout", limit: drives)
    let past = network.about.pastFrames
    guard set.side == network.about.side, set.length > past else {
      throw ModelError.mismatch(
        folder: folder.url.path(percentEncoded: false),
        expected: "drives of more than \(past) frames of \(network.about.side) pixels",
        found: "\(set.length) frames of \(set.side) pixels")
    }
    let ahead = Self.horizons.filter { past - 1 + $0 < set.length }
    var found: [[DriftSample]] = []
    for drive in set.labels.indices {
      try stop.check()
      let real = set.frames((0..<set.length).map { drive * set.length + $0 })
      var rollout = WorldRollout(
        network, start: real.narrowed(dim: 0, start: 0, length: past),
        seed: seed &+ UInt64(drive))
      let last = past - 1 + (ahead.last ?? 0)
      for action in set.labels[drive].actions[(past - 1)..<last] { try rollout.step(action.number) }
      let made = rollout.frames
      found.append(
        ahead.map {
          DriftSample(
            real: real.selected(dim: 0, index: past - 1 + $0),
            made: made.selected(dim: 0, index: past - 1 + $0),
            last: real.selected(dim: 0, index: past - 1))
        })
      report(drive + 1, set.labels.count)
    }
    return ahead.enumerated().map { index, frames in
      Row(ahead: frames, found.map { $0[index] })
    }
  }
}

/// What is measured of a frame of a drive.
struct DriftSample: Sendable, Hashable {
  let error: Double
  let still: Double
  let isPlaced: Bool
  let isPlacedStill: Bool

  /// Compares a frame, `[3, side, side]` in [-1, 1], with the simulator's.
  init(real: Tensor, made: Tensor, last: Tensor) {
    func error(_ frame: Tensor) -> Double {
      let difference = (frame - real) * 127.5
      return (difference * difference).mean().values(as: Double.self)[0].squareRoot()
    }
    self.error = error(made)
    still = error(last)
    let column = Self.column(real)
    isPlaced = abs(Self.column(made) - column) <= 1
    isPlacedStill = abs(Self.column(last) - column) <= 1
  }

  /// The left column of the car: where the rows that it is in have the most red.
  static func column(_ frame: Tensor) -> Int {
    let side = frame.shape[2]
    func pixels(_ units: Int) -> Int { units * side / Street.size }
    let width = pixels(StreetThing.carSize.width)
    let rows = frame.narrowed(
      dim: 1, start: pixels(Street.carRow), length: pixels(StreetThing.carSize.height))
    // Red less the mean of green and blue, over the rows.
    let factors = Tensor([Float(1), -0.5, -0.5], shape: [3, 1, 1])
    let red = (rows * factors).sum(dims: [0, 1]).values(as: Double.self)
    let sums = (0...(side - width)).map { red[$0..<$0 + width].reduce(0, +) }
    return sums.indices.max { sums[$0] < sums[$1] } ?? 0
  }
}

extension MeasureDrift.Row {
  fileprivate init(ahead: Int, _ samples: [DriftSample]) {
    func share(_ isTrue: (DriftSample) -> Bool) -> Estimate {
      Estimate(successes: samples.filter(isTrue).count, of: samples.count)
    }
    self.init(
      ahead: ahead, error: Self.mean(samples.map(\.error)),
      still: Self.mean(samples.map(\.still)), placed: share(\.isPlaced),
      placedStill: share(\.isPlacedStill))
  }

  /// The mean over drives, with the range of those of 1,000 resamples of the drives.
  private static func mean(_ values: [Double]) -> Estimate {
    let count = values.count
    let mean = values.reduce(0, +) / Double(count)
    var random = WorldRandom(0)
    let resampled = (0..<1000).map { _ in
      (0..<count).reduce(0) { sum, _ in sum + values[random.below(count)] } / Double(count)
    }
    return Estimate(mean, resampled: resampled)
  }
}

extension MeasureDrift {
  /// Rows as a table in Markdown, each number with its range.
  public static func table(_ rows: [Row]) -> String {
    func text(_ estimate: Estimate, _ format: String) -> String {
      String(
        format: "\(format) (\(format) to \(format))", estimate.value, estimate.interval.lower,
        estimate.interval.upper)
    }
    let head = [
      "| frames ahead | error | of the last frame given | car in its place | if it had stayed |",
      "|---|---|---|---|---|",
    ]
    let lines = rows.map { row in
      "| \(row.ahead) | \(text(row.error, "%.1f")) | \(text(row.still, "%.1f")) "
        + "| \(text(row.placed, "%.2f")) | \(text(row.placedStill, "%.2f")) |"
    }
    return (head + lines).joined(separator: "\n")
  }
}
