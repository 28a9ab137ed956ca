internal import Checkpoints
internal import Diffusion
internal import Files
internal import Foundation
internal import Models

/// Says what a file of weights, or a folder of them, is: by names and shapes; no number is read.
public struct InspectModel: Codable, Sendable, Hashable {
  /// A file (safetensors or its index, GGUF, `.ckpt`), or a folder of such in diffusers' layout.
  public var path: String

  /// Names what to inspect.
  public init(path: String) {
    self.path = path
  }

  /// Looks at the headers of the files.
  ///
  /// - Returns: What they are, what fits and what does not.
  /// - Throws: `CheckpointError` if a file is not sound, ``ModelFileError`` if there is none.
  public func callAsFunction() throws -> ModelReport {
    let url = URL(filePath: path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelFileError.missing(path: path)
    }
    guard isFolder.boolValue else {
      return ModelReport(
        path: path, files: [try Self.report(url, named: path)], drawing: Self.drawing(with: path))
    }
    let files = try Self.weights(in: url)
    guard !files.isEmpty else { throw ModelFileError.noWeights(folder: path) }
    return ModelReport(
      path: path, pipeline: Self.pipeline(of: url),
      files: try files.map { try Self.report(url.appending(path: $0), named: $0) },
      drawing: Self.drawing(with: path + "/"))
  }

  /// What drawing takes, if pictures can be drawn with the model at all.
  private static func drawing(with path: String) -> ModelReport.Drawing? {
    let result = Result {
      let source = try ModelLibrary(folders: []).promptedModel(path)
      let size = try source.nativeSize
      var options = Generate.Options()
      options.take(try source.settings)
      return ModelReport.Drawing(
        try source.memory(MemoryDemand(options, size: size)), size: size)
    }
    if case .success(let drawing) = result { return drawing }
    return nil
  }

  /// The files of weights in a folder and those one below, each network's in its first variant.
  static func weights(in folder: URL) throws -> [String] {
    var found: [String] = []
    for name in [""] + (try Folder.names(in: folder)) {
      let place = name.isEmpty ? folder : folder.appending(path: name)
      var isFolder: ObjCBool = false
      let path = place.path(percentEncoded: false)
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
      else { continue }
      let files = try Folder.names(in: place)
      let indices = files.filter { $0.hasSuffix(".safetensors.index.json") }
      // The parts of an index are read through it.
      let plain = files.filter { file in
        let isWeights = ["safetensors", "gguf", "ckpt"].contains(URL(filePath: file).pathExtension)
        return isWeights && !file.contains("-of-")
      }
      found += (indices + plain).sorted().map { name.isEmpty ? $0 : "\(name)/\($0)" }
    }
    return found
  }

  private static func pipeline(of folder: URL) -> String? {
    struct Index: Decodable {
      let pipeline: String
      enum CodingKeys: String, CodingKey { case pipeline = "_class_name" }
    }
    let file = folder.appending(path: "model_index.json")
    let result = Result { try JSONDecoder().decode(Index.self, from: Data(contentsOf: file)) }
    if case .success(let index) = result { return index.pipeline }
    return nil
  }

  private static func report(_ url: URL, named path: String) throws -> ModelReport.File {
    let file = try WeightsFile(contentsOf: url)
    let entries = file.entries
    let shapes = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.shape) })
    var report = ModelReport.File(
      path: path, format: file.format, kind: "unknown", title: "weights of no known kind",
      parts: [], absent: [], bytes: 0, parameters: 0, precisions: [:], missing: [], unknown: [],
      misshapen: [], metadata: file.metadata)
    for entry in entries {
      let count = entry.shape.reduce(1, *)
      report.bytes += entry.byteCount
      report.parameters += count
      report.precisions[entry.dtype, default: 0] += count
    }
    if let model = RecognizedModel(stableDiffusion: shapes) {
      report.kind = model.family
      report.title = model.title
      report.variant = model.variant
      report.parts = model.parts.map(\.folder)
      report.absent = model.absent
      report.compare(shapes, with: model)
    } else if let kind = WeightsKind(names: shapes.keys) {
      report.kind = kind.name
      report.title = kind.title
      if kind.name.hasPrefix("lora-") { try report.describe(LoRA.read(url)) }
      if kind.name == "ip-adapter" { report.describeImageAdapter(shapes) }
    }
    return report
  }
}

extension ModelReport.File {
  /// How many misfits of a kind are explained.
  private static let hints = 20

  /// Notes what a family's networks need that is not in the file, and the other way round.
  mutating func compare(_ shapes: [String: [Int]], with model: RecognizedModel) {
    let expected = model.expected
    let (tensors, problems) = model.map.converted(shapes)
    var refused: Set<String> = []
    for problem in problems {
      switch problem {
      case .unknown(let name), .misshapen(let name, _, _): refused.insert(name)
      case .unmatched, .incomplete, .overlapping: break
      }
    }
    let passedOver = Set(shapes.keys).subtracting(tensors.flatMap(\.sources)).subtracting(refused)
    let surplus = shapes.keys.filter { expected[$0] == nil && !passedOver.contains($0) }.sorted()
    let lacking = expected.keys.filter { shapes[$0] == nil }.sorted()
    // A file of another network altogether has thousands of misfits, which no hint explains.
    let (some, others) = (Array(lacking.prefix(400)), Array(surplus.prefix(400)))
    unknown = surplus.enumerated().map { index, name in
      let nearest = index < Self.hints ? nearestNames(to: name, among: some, limit: 1).first : nil
      return ModelReport.Misfit(name: name, hint: nearest.map { "did you mean \($0)?" })
    }
    missing = lacking.enumerated().map { index, name in
      let nearest = index < Self.hints ? nearestNames(to: name, among: others, limit: 1).first : nil
      return ModelReport.Misfit(name: name, hint: nearest.map { "the file has \($0)" })
    }
    misshapen = expected.keys.sorted().compactMap { name in
      guard let found = shapes[name], let wanted = expected[name], found != wanted,
        // A kernel of one element may stand as the matrix that it is.
        found != wanted.filter({ $0 != 1 })
      else { return nil }
      return ModelReport.Misfit(name: name, hint: "expected \(wanted), found \(found)")
    }
  }
}

extension ModelReport.Drawing {
  /// What a model needs for one picture.
  init?(_ needs: MemoryNeeds, size: PictureSize) {
    let peaks = needs.savings.map {
      needs.peak($0, pictures: 1, resident: MemoryNeeds.program)
    }
    guard let peak = peaks.first, let least = peaks.min() else { return nil }
    self.init(size: size, peak: peak, least: least)
  }
}
