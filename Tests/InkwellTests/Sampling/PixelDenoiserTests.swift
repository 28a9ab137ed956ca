import Diffusion
import Foundation
import Layers
import Models
import Synchronization
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// What a model's network says, as an estimate of the clean picture: the papers' formulas.
@Suite struct PixelDenoiserTests {
  private let x = Generator(seed: 9).normal([2, 1, 8, 8])
  private let labels = [PixelLabel.number(of: 0), .number(of: 2)]

  private func model(
    _ scheduler: PixelScheduler, _ change: (inout PixelModel.Parts) throws -> Void = { _ in }
  ) throws -> PixelModel {
    let folder = try TemporaryFolder()
    var parts = try TinyPixelModel.parts()
    parts.scheduler = scheduler
    parts.scheduler.isClipped = false
    try change(&parts)
    return try PixelModel(PixelModel.write(parts, to: folder.file("model")))
  }

  private func estimate(
    _ model: PixelModel, _ level: NoiseLevel, _ settings: PixelSettings = PixelSettings()
  ) throws -> Tensor {
    let schedule = try model.scheduler.process.schedule()
    let denoiser = try model.denoiser(labels, over: schedule, settings)
    return try checked { try denoiser(x, at: level) }
  }

  /// A network that counts how often its weights are packed.
  private final class Packing: Sendable {
    let batches = Mutex<[Int]>([])
  }

  private struct CountedNetwork: LabelledNetwork {
    let network: ADMUNet
    let packing: Packing
    var side: Int { network.side }
    var inChannels: Int { network.inChannels }
    var outChannels: Int { network.outChannels }
    var labels: NetworkLabels? { network.labels }

    func prepared(batch: Int) -> CountedNetwork {
      packing.batches.withLock { $0.append(batch) }
      return self
    }

    func callAsFunction(_ x: Tensor, timesteps: Tensor, labels: Tensor?) -> Tensor {
      network(x, timesteps: timesteps, labels: labels)
    }
  }

  @Test("weights are packed for the batch that is asked for, once, and not to look")
  func packing() throws {
    let plain = try model(PixelScheduler(.linear, output: .epsilon))
    let packing = Packing()
    let network = CountedNetwork(
      network: try #require(plain.network as? ADMUNet), packing: packing)
    let counted = try PixelModel(network, plain.scheduler, about: plain.about, place: "")
    let schedule = try counted.scheduler.process.schedule()
    let denoiser = try counted.denoiser(labels, over: schedule, PixelSettings(guidance: 3))
    #expect(packing.batches.withLock { $0 } == [])
    let level = try schedule.levels(4)[1]
    let first = try checked { try denoiser(x, at: level) }
    let second = try checked { try denoiser(x, at: level) }
    #expect(packing.batches.withLock { $0 } == [4])
    let expected = try estimate(plain, level, PixelSettings(guidance: 3))
    #expect(distance(first, expected) == 0 && distance(second, expected) == 0)
  }

  private func said(_ model: PixelModel, _ x: Tensor, timestep: Double, _ labels: [Int64])
    -> Tensor
  {
    let steps = Tensor([Float](repeating: Float(timestep), count: labels.count))
    return withoutGradients { model.network(x, timesteps: steps, labels: Tensor(labels)) }
  }

  @Test("every kind of output", arguments: PixelScheduler.Output.allCases)
  func outputs(output: PixelScheduler.Output) throws {
    let isEDM = [.preconditioned, .consistency].contains(output)
    let model = try model(
      PixelScheduler(
        isEDM ? .karras(sigmaMin: 0.01, sigmaMax: 80) : .linear, output: output,
        timestepScale: isEDM ? 1000 : 2))
    let schedule = try model.scheduler.process.schedule()
    let level = isEDM ? NoiseLevel(alpha: 1, sigma: 3) : schedule.level(at: 400)
    let (alpha, sigma) = (level.alpha, level.sigma)
    func f(_ scale: Double = 1) -> Tensor {
      said(model, x * scale, timestep: isEDM ? 250 * log(3) : 800, [0, 2])
    }
    let expected =
      switch output {
      case .epsilon: (x - sigma * f()) / alpha
      case .x0: f()
      case .v: alpha * x - sigma * f()
      case .velocity: (x - sigma * f()) / (alpha + sigma)
      case .score: (x + sigma * sigma * f()) / alpha
      case .preconditioned:
        0.25 / 9.25 * x + 3 * 0.5 / 9.25.squareRoot() * f(1 / 9.25.squareRoot())
      case .consistency:
        0.25 / (2.99 * 2.99 + 0.25) * x
          + 2.99 * 0.5 / 9.25.squareRoot() * f(1 / 9.25.squareRoot())
      }
    #expect(relativeDistance(try estimate(model, level), expected) < 1e-5)
  }

  @Test("a learned variance is the second half, and does not touch the estimate")
  func variance() throws {
    let model = try model(PixelScheduler(.linear, output: .epsilon, variance: .range)) {
      $0.network.outChannels = 2
      let sizes = $0.network
      $0.weights = try TinyPixelModel.weights(seed: 1) { ADMUNet($0, sizes) }
    }
    let schedule = try model.scheduler.process.schedule()
    let level = schedule.level(at: 400)
    let halves = said(model, x, timestep: 400, [0, 2]).chunked(2, dim: 1)
    let denoiser = try model.denoiser(labels, over: schedule, PixelSettings())
    let found = try checked { try denoiser.estimate(x, at: level) }
    let expected = (x - level.sigma * halves[0]) / level.alpha
    #expect(relativeDistance(found.x0, expected) < 1e-5)
    guard case .range(let range)? = found.variance else {
      Issue.record("no variance")
      return
    }
    #expect(distance(range, halves[1]) < 1e-5)
  }

  @Test("guidance goes from the network's answer without a label through that with it")
  func classifierFree() throws {
    let model = try model(PixelScheduler(.linear, output: .x0))
    let level = try model.scheduler.process.schedule().level(at: 400)
    let with = said(model, x, timestep: 400, [0, 2])
    let without = said(model, x, timestep: 400, [3, 3])
    let found = try estimate(model, level, PixelSettings(guidance: 2.5))
    #expect(relativeDistance(found, without + 2.5 * (with - without)) < 1e-5)
    #expect(relativeDistance(with, without) > 1e-3)
  }

  @Test("a classifier moves the estimate by sigma² / alpha times its gradient")
  func classifier() throws {
    let model = try model(PixelScheduler(.linear, output: .x0)) {
      $0.classifier = try TinyPixelModel.classifier()
    }
    let level = try model.scheduler.process.schedule().level(at: 400)
    let classifier = try #require(model.classifier)
    let leaf = x.withGradient()
    let logits = classifier(leaf, timesteps: Tensor([400, 400] as [Float]))
    let chosen = Tensor([1, 0, 0, 0, 0, 1] as [Float], shape: [2, 3])
    let gradient = (logits.logSoftmax(dim: 1) * chosen).sum().gradients(by: [leaf])[0]
    let plain = said(model, x, timestep: 400, [0, 2])
    let found = try estimate(model, level, PixelSettings(classifierGuidance: 3))
    let moved = 3 * level.sigma * level.sigma / level.alpha * gradient
    #expect(relativeDistance(found - plain, moved) < 1e-4)
    #expect(moved.absolute().maximum().item() > 1e-3)
  }

  @Test("a consistency model is asked at Karras' levels above the last, or above its least")
  func consistencyLevels() throws {
    var scheduler = PixelScheduler(.karras(sigmaMin: 0.002, sigmaMax: 80), output: .consistency)
    func sigmas(_ steps: Int) throws -> [Double] {
      try SampleMaker.levels(steps, of: scheduler.process.schedule(), for: scheduler).map(\.sigma)
    }
    #expect(try sigmas(1) == [80, 0])
    let middle = pow((pow(80, 1 / 7) + pow(0.002, 1 / 7)) / 2, 7.0)
    #expect(try zip(sigmas(2), [80, middle, 0]).allSatisfy { abs($0 - $1) < 1e-9 })
    scheduler.leastSigma = 20
    #expect(try sigmas(1) == [80, 0])
    #expect(try zip(sigmas(2), [80, 20, 0]).allSatisfy { abs($0 - $1) < 1e-9 })
    scheduler.leastSigma = 90
    #expect(throws: ScheduleError.self) { try sigmas(2) }
  }

  @Test("hills are Lambert's cosine of a light from the upper left at 45 degrees")
  func hills() throws {
    // A plane that rises by a pixel a pixel, to the right or down, and a flat one.
    let ramp = Tensor((0..<8).map { Float($0) / 32 - 0.5 })
    let heights = [
      ramp.reshaped(1, 1, 1, 8).expanded(1, 1, 8, 8),
      ramp.reshaped(1, 1, 8, 1).expanded(1, 1, 8, 8), Tensor.zeros([1, 1, 8, 8]),
      -ramp.reshaped(1, 1, 1, 8).expanded(1, 1, 8, 8),
    ].concatenated()
    let light = relief(heights).narrowed(dim: 2, start: 1, length: 6)
      .narrowed(dim: 3, start: 1, length: 6)
    // The light is (-1, -1, √2) / 2 and a rise faces it; a surface's normal is (-p, -q, 1).
    let cosine = { (p: Double, q: Double) in
      (p / 2 + q / 2 + 0.5.squareRoot()) / (p * p + q * q + 1).squareRoot()
    }
    for (index, expected) in [cosine(1, 0), cosine(0, 1), 0.5.squareRoot(), cosine(-1, 0)]
      .enumerated()
    {
      let found = light.selected(dim: 0, index: index)
      let wanted = Tensor.full([1, 6, 6], .real(2 * expected - 1))
      #expect(distance(found, wanted) < 1e-5, "\(index)")
    }
  }

  @Test("estimates are held to the range of pictures where the model says so")
  func clipped() throws {
    let free = try model(PixelScheduler(.linear, output: .epsilon))
    let schedule = try free.scheduler.process.schedule()
    let level = schedule.level(at: 900)
    var scheduler = free.scheduler
    scheduler.isClipped = true
    let held = try PixelModel(free.network, scheduler, about: free.about, place: "")
    let (wide, narrow) = (try estimate(free, level), try estimate(held, level))
    #expect(wide.absolute().maximum().item() > 1)
    #expect(distance(narrow, wide.clamped(min: -1, max: 1)) == 0)
  }
}
