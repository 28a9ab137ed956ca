internal import Diffusion
public import Evaluation
internal import Foundation
internal import Torch

/// Measures how likely held-out pictures are to a model, by its probability flow.
///
/// Song et al. 2021, section 4.3 and appendix D.2, https://arxiv.org/abs/2011.13456, with
/// Hutchinson's estimate of the trace. Pictures are made real numbers by uniform noise of a byte's
/// width (Theis et al. 2016, section 3.1, https://arxiv.org/abs/1511.01844), so the figure is that
/// of bytes.
public struct Likelihood: Codable, Sendable, Hashable {
  /// What was measured.
  public struct Figures: Codable, Sendable, Hashable, CustomStringConvertible {
    /// The negative log-likelihood in bits a number of a picture: the mean, and its interval.
    public let bits: Estimate
    /// The number of pictures.
    public let pictures: Int
    /// The numbers of a picture.
    public let dimensions: Int
    /// How often the denoiser and its derivative were asked for, on average over the batches.
    public let evaluations: Int

    /// The figures in a line.
    public var description: String {
      String(
        format: "%.3f bits a number (%.3f to %.3f), %d pictures of %d numbers, %d evaluations",
        bits.value, bits.interval.lower, bits.interval.upper, pictures, dimensions, evaluations)
    }
  }

  /// The folder of the model, of pixels.
  public var model: String
  /// The folder of pictures with `metadata.jsonl`, of which the split `heldout` is taken.
  public var data: String
  /// The most pictures, at least 2.
  public var pictures = 48
  /// The random directions of Hutchinson's estimate, at least 1.
  public var probes = 1
  /// The solver's tolerance, absolute and relative, above 0; the paper has 1e-5.
  public var tolerance = 1e-4
  /// The seed of all draws.
  public var seed: UInt64 = 0

  /// Describes a measurement.
  public init(model: String, data: String) {
    self.model = model
    self.data = data
  }

  private static let batch = 24

  /// Measures.
  ///
  /// - Parameters:
  ///   - stop: Ends the run with a `CancellationError`.
  ///   - report: Told what is going on.
  /// - Returns: The figures.
  /// - Throws: ``CurveError``, `LikelihoodError`, or what is wrong with the model or the data.
  public func callAsFunction(
    until stop: StopSignal = StopSignal(), report: @escaping (EvaluationReport) -> Void = { _ in }
  ) throws -> Figures {
    try validate()
    let model = try unclipped()
    guard model.autoencoder == nil else {
      throw CurveError.misfit(
        folder: self.model, what: "what it draws", expected: "pixels", found: "latents")
    }
    let heldOut = try heldOutPictures(
      in: data, side: model.side, colors: model.channels)
    guard let heldOut else { throw CurveError.nothingHeldOut(folder: data) }
    let labels = model.classes > 0 ? try heldOut.labels(classes: model.classes) : []
    let order = try checked {
      Generator(seed: seed).permutation(heldOut.records.count).values(as: Int.self)
    }
    let chosen = Array(order.prefix(pictures))
    var progress = ProgressCounter("likelihoods", of: chosen.count, report: report)
    var (bits, evaluations): ([Double], [Int]) = ([], [])
    for begin in stride(from: 0, to: chosen.count, by: Self.batch) {
      try stop.check()
      let part = Array(chosen[begin..<min(begin + Self.batch, chosen.count)])
      let generator = Generator(seed: seed &+ 1 &+ UInt64(begin))
      let found = try likelihood(
        of: heldOut.pictures.indexSelected(dim: 0, Tensor(part)),
        labels: part.map { labels.isEmpty ? .none : .number(of: labels[$0]) }, model, generator,
        stop)
      bits += found.bits
      evaluations.append(found.evaluations)
      progress.add(part.count)
    }
    return Figures(
      bits: Self.mean(bits), pictures: bits.count,
      dimensions: heldOut.pictures.flattened(from: 1).shape[1],
      evaluations: evaluations.reduce(0, +) / max(evaluations.count, 1))
  }

  private func likelihood(
    of bytes: Tensor, labels: [PixelLabel], _ model: PixelModel, _ generator: Generator,
    _ stop: StopSignal
  ) throws -> (bits: [Double], evaluations: Int) {
    let ends = try model.scheduler.process.ends()
    let flow = try ProbabilityFlow(
      sigmaMin: ends.cleanest.karrasSigma, sigmaMax: ends.noisiest.karrasSigma,
      trace: .hutchinson(probes: probes),
      solver: DormandPrince(absolute: tolerance, relative: tolerance))
    let x0 = try checked {
      let noise = generator.uniform(bytes.shape.sizes)
      return PictureSpace(model).encoded((bytes.converted(to: .float32) + noise) / 128 - 1)
    }
    let denoiser = try model.denoiser(
      labels, over: model.scheduler.process.schedule(), PixelSettings())
    let result = try flow.logLikelihood(
      of: x0, denoiser: stoppable(denoiser, by: stop), using: generator)
    // A byte is 1/128 wide: its probability is the density over 128.
    return (try checked { (result.bits + 7).values(as: Double.self) }, result.evaluations)
  }

  /// The model, whose estimates are what the network says: a clipped one has no derivative.
  private func unclipped() throws -> PixelModel {
    let model = try PixelModel(folder: URL(filePath: self.model, directoryHint: .isDirectory))
    var scheduler = model.scheduler
    scheduler.isClipped = false
    return try PixelModel(
      model.network, scheduler, about: model.about, autoencoder: model.autoencoder,
      place: self.model)
  }

  private func validate() throws(CurveError) {
    for (name, value, least) in [("pictures", pictures, 2), ("probes", probes, 1)]
    where value < least {
      throw .value(name, expected: "\(least) or more", found: "\(value)")
    }
    guard tolerance > 0, tolerance.isFinite else {
      throw .value("tolerance", expected: "a number above 0", found: "\(tolerance)")
    }
  }

  /// The mean with the interval that its standard error gives.
  private static func mean(_ values: [Double]) -> Estimate {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    let half = 1.96 * (variance / count).squareRoot()
    return Estimate(value: mean, interval: Interval(lower: mean - half, upper: mean + half))
  }
}

private func stoppable(_ base: some Denoiser, by stop: StopSignal) -> any Denoiser {
  StoppableDenoiser(base: base, stop: stop)
}

/// A denoiser that ends a run which was asked to stop.
private struct StoppableDenoiser<Base: Denoiser>: Denoiser {
  let base: Base
  let stop: StopSignal

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try stop.check()
    return try base(x, at: level)
  }
}
