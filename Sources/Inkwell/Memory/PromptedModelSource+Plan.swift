internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

extension PromptedModelSource {
  /// How a run stays within memory.
  ///
  /// - Parameters:
  ///   - request: What is asked for.
  ///   - settings: How pictures are sampled.
  ///   - start: What they begin with.
  ///   - run: How the run goes.
  /// - Returns: The plan; nothing where it is not known what the model needs, or for a picture that
  ///   is made again.
  /// - Throws: ``MemoryError`` if the limit is too low, or nothing can be said of it.
  func plan(
    _ request: some PromptedRequest, _ settings: SamplingSettings, from start: RedrawStart?,
    _ run: RunSettings
  ) throws -> MemoryPlan? {
    guard run.saving == nil else { return nil }
    if let uncounted = Self.uncounted(request.drawing, from: start) {
      guard run.memoryLimit == nil else { throw MemoryError.uncounted(uncounted) }
      return nil
    }
    var options = request.drawing.options
    options.take(settings)
    let size = try largestSize(request.drawing, from: start)
    if case .enlargement = start?.told { options.window = try options.window ?? nativeSize }
    guard var needs = try memory(options, size: size), let resident = Machine.residentMemory else {
      guard run.memoryLimit == nil else { throw MemoryError.unknown(model: name) }
      return nil
    }
    needs.isCompiled = run.engine == .compiled
    needs.isRepeated = request.total > run.batchSize || !(request is Generate.Request)
    return try MemoryPlan(
      needs, batchSize: run.batchSize, limit: run.memoryLimit, resident: resident)
  }
}

extension PromptedModelSource {
  /// What a request has that takes memory which no plan counts; nothing for most.
  private static func uncounted(
    _ drawing: Generate.Request, from start: RedrawStart?
  ) -> String? {
    if drawing.refiner != nil { return "a refiner" }
    if !(drawing.imagePrompts ?? []).isEmpty { return "pictures as prompts" }
    if case .instruction? = start?.told { return "an edit" }
    let isComposed =
      drawing.syntax == .a1111 && drawing.prompts.contains { ComposedPrompt($0).terms.count > 1 }
    return isComposed ? "prompts joined by AND" : nil
  }

  /// The greatest size of the pictures of a request, as it is known before the model is read.
  private func largestSize(
    _ drawing: Generate.Request, from start: RedrawStart?
  ) throws -> PictureSize {
    var size = try drawing.size ?? start?.size ?? nativeSize
    if case .enlargement(let own)? = start?.told, drawing.size == nil {
      size = try (own.target ?? .times(enlargement)).size(of: size, unit: 1)
    }
    return drawing.hires?.target.size(of: size, unit: 1) ?? size
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
