internal import Foundation
internal import Modalities
internal import Torch

/// The pictures of a sheet, made one after the other, each model loaded once.
final class GridRun {
  private let request: Grid.Request
  private let stop: StopSignal
  private let report: (PictureEvent<Grid.Request>) -> Void
  private let onPicture: (GeneratedImage) throws -> Void
  private let engine: Engine
  private let cells: [Generate.Request]
  private let start = ContinuousClock.now
  private var made: [Int: GeneratedImage] = [:]
  private var failure: (any Error)?

  init(
    _ request: Grid.Request, engine: Engine, until stop: StopSignal,
    onPicture: @escaping (GeneratedImage) throws -> Void,
    _ report: @escaping (PictureEvent<Grid.Request>) -> Void
  ) throws {
    self.request = request
    self.engine = engine
    self.stop = stop
    self.onPicture = onPicture
    self.report = report
    cells = try request.cells
  }

  /// Makes the sheet.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - hashes: What the files have to be, if that is known.
  /// - Throws: What goes wrong with a picture, or `ProvenanceError` for other files.
  func make(from library: ModelLibrary, hashes: [String: String]? = nil) throws {
    var named = request
    let models = distinct(cells.map(\.model))
    for name in models {
      let source = try library.promptedModel(name)
      try make(cells.indices.filter { cells[$0].model == name }, with: source)
      if models.count == 1 { named = try request.of(source.name) }
      guard let hashes, models.count == 1 else { continue }
      try check(files, are: hashes, in: source.url)
    }
    let image = try sheet()
    let provenance = PictureProvenance(
      request: named, files: files, batch: PictureBatch(size: 1, place: 0),
      threads: Machine.threads, engine: engine == .eager ? nil : engine)
    let seconds = made.values.reduce(0) { $0 + $1.seconds }
    report(
      .image(MadePicture(index: 0, image: image, provenance: provenance, seconds: seconds)))
  }

  private func distinct<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
  }

  /// Makes the pictures of some places, those that need the model loaded alike after each other.
  private func make(_ places: [Int], with source: some PromptedModelSource) throws {
    let kept = KeptModel(source)
    for options in distinct(places.map { cells[$0].options.loading }) {
      for place in places where cells[place].options.loading == options {
        var run = RunSettings()
        run.engine = engine
        try Inkwell.make(cells[place], with: kept, batchSize: 1, run: run, until: stop) {
          self.hear($0, of: place)
        }
        if let failure { throw failure }
      }
    }
  }

  /// Tells of a picture as of a part of the sheet.
  private func hear(_ event: PictureEvent<Generate.Request>, of place: Int) {
    switch event {
    case .loading(let model): if made.isEmpty { report(.loading(model: model)) }
    case .planned(let plan): if made.isEmpty { report(.planned(plan)) }
    case .cut(let cut): report(.cut(cut))
    case .uncompiled(let reason): report(.uncompiled(reason: reason))
    case .explained: break
    case .step(let step):
      let (count, done) = (Double(cells.count), Double(made.count))
      let share = (done + Double(step.index) / Double(step.count)) / count
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      report(
        .step(
          PictureStep(
            index: step.index, count: step.count, pictures: made.count..<made.count + 1,
            total: cells.count, secondsToGo: elapsed * (1 - share) / share,
            preview: step.preview)))
    case .image(let picture):
      let own = GeneratedImage(
        index: place, image: picture.image, provenance: picture.provenance,
        seconds: picture.seconds)
      made[place] = own
      do { try onPicture(own) } catch { failure = error }
    }
  }

  /// The files of all pictures; one that differs from picture to picture is noted with its number.
  private var files: [String: String] {
    made.sorted { $0.key < $1.key }.reduce(into: [:]) { files, cell in
      for (name, hash) in cell.value.provenance.files {
        let known = files[name]
        files[known == nil || known == hash ? name : "\(name) of \(cell.key + 1)"] = hash
      }
    }
  }

  private func sheet() throws -> Image {
    let images = made.sorted { $0.key < $1.key }.map(\.value.image)
    let side = images.map { max($0.width, $0.height) }.max() ?? 1
    let sheet = ContactSheet(
      columns: request.columnCount, side: side, gap: max(side / 32, 4),
      pointSize: min(max(side / 16, 9), 28))
    return try sheet(
      images.map { ContactSheet.Cell($0) }, columnHeadings: request.columns?.headings ?? [],
      rowHeadings: request.rows?.headings ?? [])
  }
}
