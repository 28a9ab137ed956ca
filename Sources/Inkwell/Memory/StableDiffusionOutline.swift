internal import Checkpoints
internal import Foundation
internal import Models

/// The sizes of the networks of a Stable Diffusion model, and their weights without the numbers.
struct StableDiffusionOutline {
  var text: [CLIPTextConfiguration]
  let unet: UNet2DConditionConfiguration
  var autoencoder: AutoencoderKLConfiguration
  /// The weights by the networks' folders in diffusers' layout, with diffusers' names.
  var weights: [String: [WeightMemory.Weight]]

  /// The weights of the text encoders.
  var textWeights: [WeightMemory.Weight] {
    weights.filter { $0.key.hasPrefix("text_encoder") }.flatMap(\.value)
  }

  /// The model with the parts that options put in places of its own, and the changes of LoRAs.
  ///
  /// - Parameters:
  ///   - options: How pictures are drawn.
  ///   - encoders: The folders of the text encoders, each with whether it has a projection.
  /// - Returns: The model.
  /// - Throws: What is wrong with a file.
  func with(
    _ options: Generate.Options, encoders: [(name: String, projects: Bool)]
  ) throws -> StableDiffusionOutline {
    var other = self
    let texts = options.textEncoders ?? []
    try SwappedPart.checkTextEncoders(texts.count, of: encoders.count)
    for (index, path) in texts.enumerated() {
      let encoder = try SwappedPart(path: path).textEncoderOutline(
        like: text[index], projects: encoders[index].projects)
      other.text[index] = encoder.sizes
      other.weights[encoders[index].name] = encoder.weights
    }
    if let path = options.vae {
      let vae = try SwappedPart(path: path).autoencoderOutline(like: autoencoder)
      (other.autoencoder, other.weights["vae"]) = (vae.sizes, vae.weights)
    }
    for adapter in options.loras ?? [] where adapter.weight != 0 {
      other.mark(try LoRA(contentsOf: URL(filePath: adapter.path)))
    }
    return other
  }

  /// Notes which weights a LoRA changes.
  private mutating func mark(_ lora: LoRA) {
    for (folder, own) in weights {
      let shapes = Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.shape) })
      let modules = lora.modules(of: folder, shapes)
      weights[folder] = own.map { weight in
        var weight = weight
        weight.isChanged = weight.isChanged || modules.contains(String(weight.name.dropLast(7)))
        return weight
      }
    }
  }
}

extension StableDiffusionFolder {
  /// The model without its numbers.
  func outline(_ options: Generate.Options) throws -> StableDiffusionOutline {
    func sizes<Sizes: Decodable>(_ name: String) throws -> Sizes {
      try readConfiguration(from: url.appending(path: "\(name)/config.json"))
    }
    var weights: [String: [WeightMemory.Weight]] = [:]
    for name in ["unet", "vae"] + index.encoders {
      let file = weightsFile(in: url.appending(path: name), named: Self.stem(of: name))
      weights[name] = WeightMemory.Weight.all(of: try WeightsFile(contentsOf: file))
    }
    for name in index.encoders { weights[name] = CLIPTextModel.published(weights[name] ?? []) }
    return try StableDiffusionOutline(
      text: try index.encoders.map { try sizes($0) }, unet: try sizes("unet"),
      autoencoder: try sizes("vae"), weights: weights
    ).with(options, encoders: index.encoders.map { ($0, index.projects($0)) })
  }

  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds {
    try MemoryNeeds(outline(demand.options), demand)
  }
}

extension StableDiffusionFile {
  /// The model without its numbers.
  func outline(_ options: Generate.Options) throws -> StableDiffusionOutline {
    let family = weights.family
    let all = WeightMemory.Weight.all(
      weights.weights.map(\.tensor), of: try WeightsFile(contentsOf: url))
    var own: [String: [WeightMemory.Weight]] = [:]
    for var weight in all {
      let folder = String(weight.name.prefix { $0 != "." })
      weight.name = String(weight.name.dropFirst(folder.count + 1))
      own[folder, default: []].append(weight)
    }
    return try StableDiffusionOutline(
      text: family.details.textEncoders, unet: try weights.unetConfiguration,
      autoencoder: family.autoencoderConfiguration, weights: own
    ).with(options, encoders: family.textEncoders.map { ($0.folder, $0.outline.hasProjection) })
  }

  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds {
    try MemoryNeeds(outline(demand.options), demand)
  }
}

extension CLIPTextModel {
  /// The weights with the names that ``published(_:)-(WeightSource)`` gives them.
  fileprivate static func published(
    _ weights: [WeightMemory.Weight]
  ) -> [WeightMemory.Weight] {
    let prefix = "text_model."
    guard !weights.contains(where: { $0.name.hasPrefix(prefix) }) else { return weights }
    return weights.map { weight in
      var weight = weight
      weight.name = prefix + weight.name
      return weight
    }
  }
}
