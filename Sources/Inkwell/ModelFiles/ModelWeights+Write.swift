internal import Checkpoints
internal import Files
internal import Foundation
internal import Models
internal import Torch

extension ModelWeights {
  /// Writes a folder with one for each network, by diffusers' names, and what describes them.
  func writeFolder(to folder: URL, precision: ConvertModel.Precision) throws {
    let target = folder.standardizedFileURL
    let parent = target.deletingLastPathComponent()
    let staging = parent.appending(
      path: ".\(target.lastPathComponent).partial-\(ProcessInfo.processInfo.processIdentifier)",
      directoryHint: .isDirectory)
    try Folder.make(parent)
    try Folder.makeNew(staging)
    do {
      let networks = Dictionary(grouping: weights) { weight in
        String(weight.tensor.name.prefix { $0 != "." })
      }
      for (network, weights) in networks {
        let place = staging.appending(path: network)
        try Folder.makeNew(place)
        let drafts = weights.map { weight in
          let name = String(weight.tensor.name.dropFirst(network.count + 1))
          return Self.draft(name, weight.tensor.shape, precision, [weight]) { try weight.numbers() }
        }
        let file =
          network.hasPrefix("text_encoder")
          ? "model.safetensors" : "diffusion_pytorch_model.safetensors"
        try Safetensors.write(
          drafts, metadata: ["format": "pt"].merging(metadata) { $1 },
          to: place.appending(path: file))
      }
      for (path, data) in try description() {
        let file = staging.appending(path: path)
        try Folder.make(file.deletingLastPathComponent())
        try AtomicFile.write(data, to: file)
      }
      try Folder.move(staging, to: target)
    } catch {
      Folder.discard(staging)
      throw error
    }
  }

  /// Writes one safetensors file by the original's names.
  func writeSafetensors(to url: URL, precision: ConvertModel.Precision) throws {
    let drafts = try original().map { tensor, sources in
      Self.draft(tensor.name, tensor.shape, precision, sources) {
        try Self.numbers(tensor, sources)
      }
    }
    try Safetensors.write(drafts, metadata: ["format": "pt"].merging(metadata) { $1 }, to: url)
  }

  /// Writes one GGUF file by the original's names.
  func writeGGUF(to url: URL, precision: ConvertModel.Precision) throws {
    let drafts = try original().map { tensor, sources in
      GGUF.Draft(
        tensor.name, type: precision.type(tensor.name, tensor.shape), shape: tensor.shape
      ) { try Self.numbers(tensor, sources) }
    }
    let architecture = family.name.hasPrefix("sdxl") ? "sdxl" : family.name
    var notes: [(key: String, value: GGUFValue)] = [
      ("general.architecture", .string(architecture)),
      ("general.file_type", .unsigned(precision.fileType)),
      ("general.quantization_version", .unsigned(2)),
    ]
    for (key, text) in metadata.sorted(by: { $0.key < $1.key })
    where key != "format" && !notes.contains(where: { $0.key == key }) {
      notes.append((key, .string(text)))
    }
    try GGUF.write(drafts, metadata: notes, to: url)
  }

  /// The tensors by the original's names, each with the weights that it is made of.
  private func original() throws -> [(tensor: ConvertedTensor, sources: [Weight])] {
    let networks = Set(weights.map { String($0.tensor.name.prefix { $0 != "." }) })
    var map: KeyMap = [:]
    for part in family.parts where networks.contains(part.folder) {
      guard let layout = part.layouts.first else { continue }
      map = map + layout.map.placed(layout.place, part.folder)
    }
    let named = Dictionary(uniqueKeysWithValues: weights.map { ($0.tensor.name, $0) })
    let tensors: [ConvertedTensor]
    do throws(KeyMapError) {
      tensors = try map.inverse.convert(named.mapValues(\.tensor.shape))
    } catch {
      throw ModelFileError.misfits(path: family.title, reason: error.description)
    }
    return tensors.map { tensor in (tensor, tensor.sources.compactMap { named[$0] }) }
  }

  private static func numbers(_ tensor: ConvertedTensor, _ sources: [Weight]) throws -> Tensor {
    let named = Dictionary(uniqueKeysWithValues: sources.map { ($0.tensor.name, $0) })
    return try tensor { name in
      guard let weight = named[name] else {
        throw ModelFileError.misfits(path: tensor.name, reason: "lacks \(name)")
      }
      return try weight.numbers()
    }
  }

  private static func draft(
    _ name: String, _ shape: [Int], _ precision: ConvertModel.Precision, _ sources: [Weight],
    _ numbers: @escaping () throws -> Tensor
  ) -> Safetensors.Draft {
    let dtype = precision.dtype
    return Safetensors.Draft(name, dtype: SafetensorsDType(dtype), shape: shape) { take in
      let tensor = try numbers()
      try tensor.withUnsafeBytes(as: dtype, take)
      for source in sources { source.release() }
    }
  }
}

extension ConvertModel.Precision {
  /// The type of plain numbers; what GGUF keeps in blocks elsewhere is in half precision.
  var dtype: DType {
    switch self {
    case .float32: .float32
    case .float16, .q8_0, .q4_0: .float16
    case .bfloat16: .bfloat16
    }
  }

  /// ggml's type for a weight.
  ///
  /// As in stable-diffusion.cpp, what is looked up, the times and the labels stay as they are; and
  /// vectors, which are few, keep all their digits.
  func type(_ name: String, _ shape: [Int]) -> GGMLType {
    let plain: GGMLType =
      switch self {
      case .float32: .f32
      case .float16, .q8_0, .q4_0: .f16
      case .bfloat16: .bf16
      }
    guard self == .q8_0 || self == .q4_0 else { return plain }
    guard shape.count > 1 else { return .f32 }
    let kept: Set<Substring> = [
      "time_embed", "label_emb", "embeddings", "token_embedding", "positional_embedding",
      "text_projection",
    ]
    let isKept = name.split(separator: ".").contains(where: kept.contains)
    guard !isKept, shape[shape.count - 1].isMultiple(of: 32) else { return plain }
    return self == .q8_0 ? .q8_0 : .q4_0
  }

  /// gguf's number of the precision, its `LlamaFileType`.
  var fileType: UInt64 {
    switch self {
    case .float32: 0
    case .float16: 1
    case .q4_0: 2
    case .q8_0: 7
    case .bfloat16: 32
    }
  }
}
