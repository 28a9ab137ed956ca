internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Measures pictures for an audit.
struct AuditPanel {
  /// The width and height that pictures are brought to.
  let side: Int
  let features: FeatureMaker
  /// What is known of the training pictures; nothing without their folder.
  let memory: AuditMemory?

  /// A picture to measure.
  struct Subject {
    /// `[3, side, side]`, `uint8`.
    let picture: Tensor
    /// What it was asked to show, if that is known.
    let prompt: String?
    /// The features of other seeds' pictures, `[count, channels]`.
    let others: Tensor?
  }

  /// What was measured of a picture.
  struct Measured {
    var values: [AuditCheck: Double] = [:]
    /// How many of the other captions fit it better than its own.
    var better: Int?
    /// The number of the nearest training picture.
    var nearest: Int?
    /// How far each place is from those of training pictures, `[height, width]`.
    var places: Tensor?
  }

  /// Measures pictures, which do not depend on one another.
  func measure(_ subjects: [Subject]) throws -> [Measured] {
    let texts = Set(subjects.compactMap(\.prompt)).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: texts.enumerated().map { ($1, $0) })
    let words =
      memory == nil || texts.isEmpty
      ? nil : try features.features(ofCaptions: texts, "audited captions")
    var progress = ProgressCounter("pictures", of: subjects.count, report: features.report)
    // The distances of all places of a batch from all that are known are in memory at once.
    let size = 16
    return try stride(from: 0, to: subjects.count, by: size).flatMap { start in
      try features.stop.check()
      let batch = Array(subjects[start..<min(start + size, subjects.count)])
      defer { progress.add(batch.count) }
      return try withoutGradients {
        try measure(batch) { prompt in
          words.flatMap { words in numbers[prompt].map { words.selected(dim: 0, index: $0) } }
        }
      }
    }
  }

  private func measure(
    _ batch: [Subject], words: (String) -> Tensor?
  ) throws -> [Measured] {
    let network = features.network.network
    let pictures = batch.map(\.picture).stacked()
    let seen = try checked { network.prepared(pictures) }
    let found = try checked { network.features(seen) }
    var measured = try batch.enumerated().map { index, subject in
      let faults = try PictureFaults(subject.picture)
      var measured = Measured(values: [
        .contrast: faults.contrast, .noise: faults.noise, .seam: faults.seam,
        .block: faults.block, .clipping: faults.clipping,
      ])
      if let others = subject.others {
        measured.values[.seeds] = try disagreement(
          of: found.selected(dim: 0, index: index), with: others)
      }
      return measured
    }
    guard let memory else { return measured }
    let neighbours = try nearestNeighbours(of: found, among: memory.features)
    let places = try checked { memory.places.distances(Self.places(seen, by: network)) }
    for index in batch.indices {
      let distance = neighbours.nearest[index]
      let map = places.selected(dim: 0, index: index)
      measured[index].values[.unfamiliar] = distance
      measured[index].values[.copy] = distance
      measured[index].values[.place] = try checked { map.maximum().item() }
      measured[index].nearest = neighbours.nearestIndices[index]
      measured[index].places = map
      guard let prompt = batch[index].prompt, let own = words(prompt) else { continue }
      let fit = try memory.pictureText.fit(
        captions: own.unsqueezed(0),
        pictures: found.narrowed(dim: 0, start: index, length: 1), others: memory.captions)
      measured[index].values[.words] = fit.surprises[0]
      measured[index].better = fit.better[0]
    }
    return measured
  }

  /// What is seen at the places of prepared pictures, `[batch, channels, height, width]`.
  ///
  /// After the last stage whose places are 16 pixels apart or less: later ones see too much of what
  /// is around a place (Roth et al. 2022, section 3.1, https://arxiv.org/abs/2106.08265).
  static func places(_ x: Tensor, by network: EfficientNetLite) -> Tensor {
    var stride = 2
    let stages = network.configuration.stages.prefix { stage in
      stride *= stage.stride
      return stride <= 16
    }
    return PlaceMemory.blended(network.featureMap(x, stages: max(1, stages.count)))
  }
}

/// What an audit knows of the training pictures.
struct AuditMemory {
  /// What is said about each.
  let records: [ImageFolder.Record]
  /// Their features, `[count, channels]`.
  let features: Tensor
  /// What their places look like.
  let places: PlaceMemory
  /// Says which caption fits which picture.
  let pictureText: PictureTextModel
  /// The features of some of their captions, `[count, channels]`.
  let captions: Tensor

  /// The captions that a picture's own is looked for among.
  static let captionCount = 500
  /// The training pictures whose places are known, and how many of each.
  static let (placePictures, placesOfEach) = (1024, 8)

  /// What is known of the training pictures of a run; the first time, that takes minutes.
  init(_ run: EvaluationRun) throws {
    records = run.training.records
    features = try run.trainingFeatures()
    pictureText = try run.pictureTextModel(features)
    let order = try checked {
      Generator(seed: 0).permutation(run.training.records.count).values(as: Int.self)
    }
    let texts = order.map { run.training.records[$0].text }
    var seen: Set<String> = []
    let distinct = texts.filter { seen.insert($0).inserted }.prefix(Self.captionCount)
    captions = try run.features.features(ofCaptions: Array(distinct), "captions to compare with")
    places = PlaceMemory(try Self.places(run, of: Array(order.prefix(Self.placePictures))))
  }

  /// The features of places drawn at random, `[count, channels]`.
  private static func places(_ run: EvaluationRun, of pictures: [Int]) throws -> Tensor {
    let network = run.features.network
    let identity = run.dataIdentity + ["places 1", network.identity, "\(placesOfEach)"]
    return try run.features.kept("places of train", identity + pictures.map(String.init)) {
      let generator = Generator(seed: 0)
      return try run.features.batches(of: pictures.count, size: 32) { range in
        let x = run.training.pictures.indexSelected(dim: 0, Tensor(Array(pictures[range])))
        let map = AuditPanel.places(network.network.prepared(x), by: network.network)
        let rows = map.permuted(0, 2, 3, 1).flattened(from: 0, to: 2)
        let count = rows.shape[0] / range.count
        let drawn = generator.integers(in: 0..<count, [range.count * placesOfEach])
        let first = Tensor.range(to: range.count).repeatInterleaved(placesOfEach) * count
        return rows.indexSelected(dim: 0, first + drawn)
      }
    }
  }
}
