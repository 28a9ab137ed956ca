internal import Foundation
internal import Torch

/// Finds the settings with which a model draws fastest here, and stays like its own converged
/// pictures.
///
/// ```swift
/// let drawing = try Generate.Request(prompts: ["a slice of watermelon"], seed: 7)
/// let tuning = try Tune(drawing: drawing)()
/// print(tuning.best?.options as Any)
/// ```
///
/// Samplers that follow the same differential equation end in the same picture if they take enough
/// steps. So what fewer steps, steps that do not compute all (``Generate/StepCache``) and guidance
/// for a part of the run change can be measured: by the distance from the picture of many steps.
public struct Tune: Codable, Sendable, Hashable {
  /// What is drawn in every trial, but for its sampler, steps, cache, merged tokens, part of
  /// guidance and precision.
  public var drawing: Generate.Request
  /// The steps of the pictures that all are compared with.
  public var referenceSteps = 100
  /// The samplers that are tried; each must follow the differential equation, without noise.
  public var samplers = ["dpmpp-2m", "unipc", "ddim"]
  /// The numbers of steps that are tried with each sampler.
  public var steps = [4, 5, 6, 8, 10, 12, 16, 20, 25, 30]
  /// What is not computed in every step, tried where steps alone do well.
  public var caches = [
    Generate.StepCache(interval: 2, order: 1), Generate.StepCache(interval: 3, order: 1),
    Generate.StepCache(interval: 2, order: 1, depth: 1),
    Generate.StepCache(interval: 2, order: 1, kept: .whole),
    Generate.StepCache(interval: 3, order: 1, kept: .whole),
    Generate.StepCache(threshold: 0.15, order: 1),
    Generate.StepCache(threshold: 0.1, order: 1, kept: .whole),
  ]
  /// The shares of the tokens that are merged, tried there too, for models that can.
  public var mergedTokens = [0.5]
  /// The shares of the steps after which guidance is off, tried there too.
  public var guidanceEnds = [0.8, 0.6]
  /// The precisions that are tried there too, beside that of ``drawing``; those that this processor
  /// is faster in if not given.
  public var precisions = Precision.fasterHere
  /// The least likeness, as a peak signal-to-noise ratio in decibels.
  public var likeness = 30.0
  /// The most seconds that a picture may take; the most alike is then chosen, not the fastest.
  public var seconds: Double?

  /// Tunes what draws some pictures.
  public init(drawing: Generate.Request) { self.drawing = drawing }

  /// Draws with many settings, and compares.
  ///
  /// - Parameters:
  ///   - workshop: Where models are found.
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told how far it is, and what every trial measured.
  /// - Returns: All trials; the best may be missing.
  /// - Throws: `GenerateError` for a value outside its range, `CatalogError` for a sampler, or what
  ///   goes wrong with a picture.
  public func callAsFunction(
    _ workshop: Workshop = Workshop(), until stop: StopSignal = StopSignal(),
    report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> Tuning {
    try validate()
    workshop.setThreads()
    let source = try workshop.library.promptedModel(drawing.model)
    return try tuned(by: source, stop, report)
  }

  private func tuned(
    by source: some PromptedModelSource, _ stop: StopSignal,
    _ report: @escaping (EvaluationReport) -> Void
  ) throws -> Tuning {
    report(.note("drawing what the rest is compared with, \(referenceSteps) steps"))
    let bench = try TuningBench(self, source, until: stop)
    var tuning = Tuning(limit: seconds.map { .seconds($0) } ?? .likeness(likeness))
    func measure(_ activity: String, _ all: [Generate.Options]) throws {
      var counter = ProgressCounter(activity, of: all.count, report: report)
      for options in all {
        tuning.trials.append(try bench.trial(options))
        counter.add(1)
      }
    }
    try measure("samplers and steps", plain)
    let merged = bench.mergesTokens ? mergedTokens : []
    let caches = caches.filter { bench.cachesDeep || $0.kept == .whole }
    try measure(
      "less work a step",
      tuning.worthRefining(count: 3).flatMap {
        lighter($0.options, caching: caches, merging: merged)
      })
    return tuning
  }

  /// Every sampler with every number of steps.
  private var plain: [Generate.Options] {
    samplers.flatMap { sampler in
      steps.map { count in
        var options = drawing.options
        (options.sampler, options.steps) = (sampler, count)
        return options.withAllWork
      }
    }
  }

  /// The options with less work a step: with every cache or share of merged tokens, or neither,
  /// every part of guidance, and every precision, whose trials stand together because the model is
  /// read anew for each.
  private func lighter(
    _ options: Generate.Options, caching caches: [Generate.StepCache], merging shares: [Double]
  ) -> [Generate.Options] {
    let savings =
      [(nil, nil)] + caches.map { ($0, nil) } + shares.map { (nil, $0) }
      as [(cache: Generate.StepCache?, mergedTokens: Double?)]
    let all = savings.flatMap { saving in
      ([nil] + guidanceEnds.map(Optional.some)).map { end in
        var options = options
        (options.cache, options.mergedTokens) = saving
        options.guidanceEnd = end
        return options
      }
    }
    let rounded = precisions.filter { $0 != drawing.options.precision }.flatMap { precision in
      all.map { options in
        var options = options
        options.precision = precision
        return options
      }
    }
    return (all + rounded).filter { $0 != options.withAllWork }
  }

  private func validate() throws {
    for cache in caches { try cache.validate() }
    for precision in precisions { try precision.check(.standard) }
    try GenerateError.check("reference steps", referenceSteps, in: 2...1000)
    for count in steps { try GenerateError.check("steps", count, in: 1...referenceSteps) }
    try GenerateError.check("likeness", likeness, in: 1...100)
    for (name, isEmpty) in [("samplers", samplers.isEmpty), ("steps", steps.isEmpty)] where isEmpty
    {
      throw GenerateError.value(name, expected: "at least one", found: "")
    }
    if let seconds, !(seconds > 0) {
      throw GenerateError.value("seconds", expected: "above 0", found: "\(seconds)")
    }
  }
}

extension Generate.Options {
  /// The options with all the work of every step.
  var withAllWork: Generate.Options {
    var options = self
    (options.cache, options.mergedTokens, options.guidanceEnd) = (nil, nil, nil)
    return options
  }
}
