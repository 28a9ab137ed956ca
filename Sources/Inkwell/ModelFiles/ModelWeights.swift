internal import Checkpoints
internal import Foundation
internal import Models
internal import Torch

/// The weights of a model by diffusers' names, each below its network's folder, wherever they are.
struct ModelWeights {
  /// A weight, and the file that it comes from.
  struct Weight {
    let tensor: ConvertedTensor
    let file: WeightsFile

    /// The numbers, and then the memory of the file's pages given back.
    func numbers() throws -> Tensor { try tensor { try file.tensor($0) } }

    func release() {
      for name in tensor.sources { file.release(name) }
    }
  }

  /// The file or the folder.
  let url: URL
  /// The family.
  let family: StableDiffusionFamily
  /// The weights by name.
  let weights: [Weight]
  /// What the files' writers noted beside the weights.
  let metadata: [String: String]
  /// The tensors that say something by being there, with their number if they have one.
  let marks: [String: Double]

  /// Opens a file or a folder, and holds it against the family that it is of.
  init(_ path: String, among families: [StableDiffusionFamily]) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelFileError.missing(path: path)
    }
    let url = URL(filePath: path)
    // In a folder, a network's own folder says which one it is.
    let files: [(url: URL, place: String?)] =
      isFolder.boolValue
      ? try InspectModel.weights(in: url).map { name in
        let parts = name.split(separator: "/")
        return (url.appending(path: name), parts.count > 1 ? String(parts[0]) : nil)
      } : [(url, nil)]
    guard !files.isEmpty else { throw ModelFileError.noWeights(folder: path) }
    var (weights, metadata, names): ([Weight], [String: String], [String]) = ([], [:], [])
    var networks: Set<String> = []
    var marks: [String: Double] = [:]
    for (url, place) in files {
      let file = try WeightsFile(contentsOf: url)
      let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
      for mark in Self.knownMarks.intersection(shapes.keys) {
        let numbers = try file.tensor(mark).converted(to: .float64)
        marks[mark] = try checked { numbers.values(as: Double.self).first ?? 1 }
      }
      guard let model = RecognizedModel(stableDiffusion: shapes, among: families)
      else {
        // What else a folder has, such as a checker of pictures, is no part of the model.
        if isFolder.boolValue { continue }
        throw ModelFileError.unknown(path: path)
      }
      for part in model.parts where !networks.insert(place ?? part.folder).inserted {
        throw ModelFileError.ambiguous(folder: path, network: place ?? part.folder)
      }
      weights += try Self.weights(of: model, shapes, in: file, url: url, place: place)
      metadata.merge(file.metadata) { first, _ in first }
      names.append(model.family)
    }
    guard let family = families.first(where: { names.contains($0.name) }) else {
      throw ModelFileError.unknown(path: path)
    }
    self.url = url
    self.marks = marks
    self.family = family
    self.weights = weights.sorted { $0.tensor.name < $1.tensor.name }
    self.metadata = metadata
  }

  private static func weights(
    of model: RecognizedModel, _ shapes: [String: [Int]], in file: WeightsFile, url: URL,
    place: String?
  ) throws -> [Weight] {
    let path = url.path(percentEncoded: false)
    let tensors: [ConvertedTensor]
    do throws(KeyMapError) {
      tensors = try model.map.convert(shapes)
    } catch {
      throw ModelFileError.misfits(path: path, reason: error.description)
    }
    let found = Set(tensors.map(\.name))
    let missing = model.weights.keys.filter { !found.contains($0) }.sorted()
    guard missing.isEmpty else {
      throw ModelFileError.misfits(
        path: path, reason: "lacks \(missing.prefix(10).joined(separator: ", "))")
    }
    return tensors.map { Weight(tensor: $0.inFolder(place), file: file) }
  }
}

extension ConvertedTensor {
  /// The tensor below another network's folder.
  fileprivate func inFolder(_ folder: String?) -> ConvertedTensor {
    guard let folder, let dot = name.firstIndex(of: ".") else { return self }
    return renamed("\(folder)\(name[dot...])")
  }
}
