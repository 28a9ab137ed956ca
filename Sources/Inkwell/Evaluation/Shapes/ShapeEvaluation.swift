internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// What an evaluation of shapes compares.
struct ShapeEvaluation {
  let request: EvaluateShapes
  let model: TextToShapeModel
  let training: ShapeSet
  let heldOut: ShapeSet
  private let folder: ShapeModelFolder
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void

  /// Reads the model and the shapes.
  init(
    _ request: EvaluateShapes, folder: ShapeModelFolder, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    report(.note("reading the model \(folder.name) and the shapes of \(request.data)"))
    model = try TextToShapeModel(folder)
    func shapes(_ split: String, limit: Int? = nil) throws -> ShapeSet {
      try comparableSplit(split, of: request.data) {
        try ShapeSet(
          folder: URL(filePath: request.data, directoryHint: .isDirectory), split: $0,
          groups: folder.index.about.groups, points: request.points, limit: limit)
      }
    }
    training = try shapes("train")
    heldOut = try shapes("heldout", limit: request.shapes)
  }

  /// Makes shapes, saves sheets of them into a folder, and compares everything.
  func figures(savingTo output: URL) throws -> ShapeFigures {
    let clouds = try made(
      heldOut.records.map { ($0.text, nil) }, named: "shapes of held-out captions")
    let generated = try compared(clouds)
    let nearest = try nearestTraining(to: generated).map { try cloud(of: $0) }
    try sheet(clouds, beside: nearest, labels: heldOut.records.map(\.text))
      .save(to: output.appending(path: ShapeFiguresPage.samples))
    let words = try words(savingTo: output)
    let pictures = try pictures(beside: clouds, savingTo: output)
    let generator = Generator(seed: request.seed)
    report(.note("comparing \(heldOut.records.count) shapes"))
    return ShapeFigures(
      model: folder.name, files: try folder.hashes(), settings: folder.index.about.settings,
      seed: request.seed, data: training.hash, trainingShapes: training.records.count,
      shapes: heldOut.records.count, points: request.points,
      generated: try figures(of: generated, generator),
      real: try figures(of: places(training, realOnes(generator)), generator),
      retrieved: try figures(of: places(training, retrieved()), generator),
      blobs: try figures(of: blobs(generator), generator), words: words,
      pictures: pictures)
  }

  // MARK: Sets of places, `[shapes, points, 3]`

  /// The first points of some shapes.
  func places(_ set: ShapeSet, _ indices: [Int]) throws -> Tensor {
    try checked {
      set.clouds.indexSelected(dim: 0, Tensor(indices))
        .narrowed(dim: 1, start: 0, length: request.points).narrowed(dim: 2, start: 0, length: 3)
    }
  }

  /// Clouds in the cube in which the real ones are.
  func compared(_ clouds: [PointCloud]) throws -> Tensor {
    try checked { clouds.map { $0.fitted(to: .cube).positionTensor }.stacked() }
  }

  /// Training shapes at random, one of the kind of each held-out shape, none twice if there are
  /// enough.
  private func realOnes(_ generator: Generator) throws -> [Int] {
    let order = try checked {
      generator.permutation(training.records.count).values(as: Int.self)
    }
    var byKind = Dictionary(grouping: order) { training.records[$0].group ?? "" }
    return heldOut.records.map { record in
      let kind = record.group ?? ""
      guard let first = byKind[kind]?.first else { return order[0] }
      byKind[kind]?.append(first)
      return byKind[kind]?.removeFirst() ?? first
    }
  }

  /// The training shape whose caption is the most similar one, for each held-out caption.
  private func retrieved() throws -> [Int] {
    func directions(_ set: ShapeSet) throws -> Tensor {
      try model.textEncoder.embed(
        set.records.map(\.text), maximumTokens: model.maximumTokens)
    }
    let (wanted, known) = (try directions(heldOut), try directions(training))
    return try checked { wanted.matmul(known.transposed(0, 1)).argmax(dim: 1).values(as: Int.self) }
  }

  private func blobs(_ generator: Generator) throws -> Tensor {
    let count = heldOut.records.count
    let deviation = try checked {
      try places(training, Array(training.records.indices)).variance(dims: [1]).mean(dims: [0])
        .squareRoot().reshaped(1, 1, 3)
    }
    return try checked { generator.normal([count, request.points, 3]) * deviation }
  }

  // MARK: Figures

  private func figures(of set: Tensor, _ generator: Generator) throws -> ShapeFigures.Compared {
    try stop.check()
    let all = Array(heldOut.records.indices)
    let comparison = try ShapeComparison(generated: set, references: places(heldOut, all))
    func mean(_ values: [Double]) throws -> Estimate {
      try Estimate(bootstrapping: values, resamples: request.resamples, using: generator)
    }
    let kinds = try nearestTraining(to: set).map { training.records[$0].group }
    return ShapeFigures.Compared(
      coverage: try mean(comparison.areCovered().map { $0 ? 1 : 0 }),
      distance: try mean(comparison.matchingDistances()),
      accuracy: try mean(comparison.areToldApart().map { $0 ? 1 : 0 }),
      kind: Estimate(
        successes: zip(kinds, heldOut.records).count { $0 == $1.group }, of: kinds.count))
  }

  /// The training shape that is nearest to each, by a quarter of the points.
  private func nearestTraining(to set: Tensor) throws -> [Int] {
    let few = request.points / 4
    let known = try checked {
      try places(training, Array(training.records.indices))
        .narrowed(dim: 1, start: 0, length: few)
    }
    return try checked {
      let order = Generator(seed: 0).permutation(set.shape[1]).narrowed(
        dim: 0, start: 0, length: few)
      return try chamferDistances(set.indexSelected(dim: 1, order), known)
        .topK(1, dim: 1, largest: false, sorted: true).1.values(as: Int.self)
    }
  }

  /// Makes shapes of all colours' and kinds' names.
  private func words(savingTo output: URL) throws -> ShapeFigures.Words {
    let kinds = Set(training.records.compactMap(\.group)).subtracting(["other"]).sorted()
    let asked = kinds.flatMap { kind in
      ColorWord.allCases.flatMap { color in
        (0..<request.perWord).map { _ in (kind: kind, color: color) }
      }
    }
    let prompts = asked.map { $0.color.caption(of: $0.kind) }
    let clouds = try made(prompts.map { ($0, nil) }, named: "shapes of colours and kinds")
    let nearest = try nearestTraining(to: compared(clouds)).map { training.records[$0].group }
    let colors = clouds.map { ColorWord(mostOf: $0.colors) }
    let cells = try zip(clouds, prompts).map { cloud, prompt in
      ContactSheet.Cell(try PointCloudView(side: 120).image(of: cloud), label: prompt)
    }
    try ContactSheet(columns: ColorWord.allCases.count * request.perWord, side: 96)(cells)
      .save(to: output.appending(path: ShapeFiguresPage.colors))
    func chance(_ found: [String?], _ wanted: [String]) -> Double {
      let hits = found.reduce(0) { sum, word in sum + wanted.count { $0 == word } }
      return Double(hits) / Double(found.count * wanted.count)
    }
    return ShapeFigures.Words(
      shapes: asked.count,
      kind: Estimate(
        successes: zip(nearest, asked).count { $0 == $1.kind }, of: asked.count),
      kindByChance: chance(nearest, asked.map(\.kind)),
      color: Estimate(
        successes: zip(colors, asked).count { $0 == $1.color }, of: asked.count),
      colorByChance: chance(colors.map { $0?.rawValue }, asked.map(\.color.rawValue)))
  }

  // MARK: Shapes

  /// A shape for each prompt and what is seen of it, with the seeds from the request's on.
  func made(
    _ subjects: [(prompt: String?, seen: Tensor?)], named activity: String
  ) throws -> [PointCloud] {
    var progress = ProgressCounter(activity, of: subjects.count, report: report)
    return try subjects.enumerated().map { index, subject in
      let drawing = TextToShapeModel.Drawing(
        prompt: subject.prompt, seen: subject.seen, seed: request.seed &+ UInt64(index),
        settings: folder.index.about.settings)
      let clouds = try model.clouds([drawing], points: request.points) { _ in try stop.check() }
      progress.add(1)
      return clouds[0]
    }
  }

  private func cloud(of index: Int) throws -> PointCloud { try cloud(of: index, in: training) }

  /// The first points of a shape.
  func cloud(of index: Int, in set: ShapeSet) throws -> PointCloud {
    try PointCode.cloud(
      PointCode.encoded(
        set.clouds.selected(dim: 0, index: index)
          .narrowed(dim: 0, start: 0, length: request.points)))
  }

  /// The first shapes, each with the nearest training shape to its right.
  private func sheet(
    _ clouds: [PointCloud], beside others: [PointCloud], labels: [String]
  ) throws -> Image {
    let view = PointCloudView(side: 160)
    let cells = try zip(zip(clouds, others), labels).prefix(ShapeFiguresPage.shown).flatMap {
      pair, label in
      [
        ContactSheet.Cell(try view.image(of: pair.0), label: label),
        ContactSheet.Cell(try view.image(of: pair.1), label: "nearest in training"),
      ]
    }
    return try ContactSheet(columns: 8, side: 128)(cells)
  }
}
