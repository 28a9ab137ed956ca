internal import Torch

extension PromptedModelSource {
  /// How a run stays within memory.
  ///
  /// - Parameters:
  ///   - request: What is asked for.
  ///   - settings: How pictures are sampled.
  ///   - start: What they begin with.
  ///   - run: How the run goes.
  /// - Returns: The plan; nothing for a picture that is made again.
  /// - Throws: ``MemoryError`` if the limit is too low, or what is wrong with a file.
  func plan(
    _ request: some PromptedRequest, _ settings: SamplingSettings, from start: RedrawStart?,
    _ run: RunSettings
  ) throws -> MemoryPlan? {
    guard run.saving == nil else { return nil }
    var needs = try memory(demand(request, settings, from: start, run))
    needs.isCompiled = run.engine == .compiled
    return try MemoryPlan(
      needs, batchSize: run.batchSize, limit: run.memoryLimit,
      resident: Machine.residentMemory ?? MemoryNeeds.program)
  }

  /// What a run asks of the model, as far as memory goes.
  private func demand(
    _ request: some PromptedRequest, _ settings: SamplingSettings, from start: RedrawStart?,
    _ run: RunSettings
  ) throws -> MemoryDemand {
    let drawing = request.drawing
    var options = drawing.options
    options.take(settings)
    var size = try drawing.size ?? start?.size ?? nativeSize
    var isEnlarger = false
    if case .enlargement(let own) = start?.told {
      isEnlarger = try enlargement != 2
      let target = isEnlarger ? nil : own.target
      if isEnlarger || drawing.size == nil {
        size = try (target ?? .times(enlargement)).size(of: start?.size ?? size, unit: 1)
      }
      options.window = try options.window ?? nativeSize
    }
    var demand = MemoryDemand(options, size: size)
    demand.secondSize = drawing.hires?.target.size(of: size, unit: 1)
    demand.encodesPicture = start != nil && !isEnlarger
    if case .instruction(let guidance) = start?.told { demand.pictureGuidance = guidance }
    demand.explains = run.explains
    demand.previewDecoder = run.previewDecoder
    demand.changesInUse = run.changesInUse
    demand.isRepeated = request.total > run.batchSize
    demand.usesOwnKernels = (run.engine ?? .standard) == .native
    try demand.take(drawing.prompts, settings)
    return demand
  }
}
