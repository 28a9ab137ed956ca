internal import Checkpoints
internal import Foundation
internal import Models
internal import Torch

extension PromptedModelSource {
  /// How a run stays within memory.
  ///
  /// - Parameters:
  ///   - request: What is asked for.
  ///   - settings: How pictures are sampled.
  ///   - size: The size that they are drawn at.
  ///   - run: How the run goes.
  /// - Returns: The plan; nothing where it is not known what the model needs, or for a picture that
  ///   is made again.
  /// - Throws: ``MemoryError`` if the limit is too low, or nothing can be said of it.
  func plan(
    _ request: some PromptedRequest, _ settings: SamplingSettings, size: PictureSize,
    _ run: RunSettings
  ) throws -> MemoryPlan? {
    guard run.saving == nil else { return nil }
    var options = request.drawing.options
    options.take(settings)
    guard var needs = try memory(options, size: size), let resident = Machine.residentMemory else {
      guard run.memoryLimit == nil else { throw MemoryError.unknown(model: name) }
      return nil
    }
    needs.isRepeated = request.total > run.batchSize || !(request is Generate.Request)
    return try MemoryPlan(
      needs, batchSize: run.batchSize, limit: run.memoryLimit, resident: resident)
  }
}

extension StableDiffusionFolder {
  func memory(_ options: Generate.Options, size: PictureSize) throws -> MemoryNeeds? {
    func sizes<Sizes: Decodable>(_ name: String) throws -> Sizes {
      try readConfiguration(from: url.appending(path: "\(name)/config.json"))
    }
    let networks = MemoryNeeds.Networks(
      text: try index.encoders.map { try sizes($0) }, unet: try sizes("unet"),
      autoencoder: try sizes("vae"))
    var weights: [String: [WeightMemory.Weight]] = [:]
    for name in ["unet", "vae"] + index.encoders {
      let file = weightsFile(in: url.appending(path: name), named: Self.stem(of: name))
      weights[name] = WeightMemory.Weight.all(of: try WeightsFile(contentsOf: file))
    }
    return try MemoryNeeds(networks, weights: weights, options: options, size: size)
  }
}

extension StableDiffusionFile {
  func memory(_ options: Generate.Options, size: PictureSize) throws -> MemoryNeeds? {
    let family = weights.family
    let networks = MemoryNeeds.Networks(
      text: family.details.textEncoders, unet: try weights.unetConfiguration,
      autoencoder: family.autoencoderConfiguration)
    let types = Dictionary(
      uniqueKeysWithValues: try WeightsFile(contentsOf: url).entries.map { ($0.name, $0.dtype) })
    let all = weights.weights.map { weight in
      WeightMemory.Weight(
        name: weight.tensor.name, shape: weight.tensor.shape,
        dtype: weight.tensor.sources.first.flatMap { types[$0] } ?? "",
        isMapped: weight.tensor.isView && weight.file.format != "torch")
    }
    return try MemoryNeeds(
      networks, weights: Dictionary(grouping: all) { String($0.name.prefix { $0 != "." }) },
      options: options, size: size)
  }
}
