import Diffusion
import Foundation
import Testing
import Torch

@Suite struct ObjectiveTests {
  private let x0 = Generator(seed: 1).normal([3, 2, 4, 4], dtype: .float64)
  private let epsilon = Generator(seed: 2).normal([3, 2, 4, 4], dtype: .float64)

  @Test("a perfect network has no loss and sees its timesteps", arguments: PredictionType.allCases)
  func perfect(prediction: PredictionType) throws {
    let schedule = try DiscreteSchedule(.linear())
    let levels = [3.0, 500, 998].map { schedule.level(at: $0) }
    let batch = LevelBatch(levels, like: x0)
    let objective = DenoisingObjective(prediction, schedule: schedule)
    let loss = try objective(x0: x0, epsilon: epsilon, levels: levels) { x, timesteps in
      #expect(timesteps.values(as: Float.self) == [3, 500, 998])
      #expect(distance(x, batch.noised(x0, by: epsilon)) == 0)
      return prediction.output(x0: x0, epsilon: epsilon, at: batch)
    }
    #expect(loss.shape == [] && loss.item() == 0)
  }

  @Test("the simple loss is the mean square of the noise's error")
  func simple() throws {
    let schedule = try DiscreteSchedule(.cosine())
    let levels = [10.0, 20, 30].map { schedule.level(at: $0) }
    let objective = DenoisingObjective(.epsilon, schedule: schedule)
    let loss = try objective(x0: x0, epsilon: epsilon, levels: levels) { x, _ in 0 * x }
    #expect(abs(loss.item() - (epsilon * epsilon).mean().item()) < 1e-14)
  }

  @Test("weights multiply each sample's loss by its own")
  func weighted() throws {
    let schedule = try DiscreteSchedule(.linear())
    let levels = [10.0, 400, 900].map { schedule.level(at: $0) }
    func losses(_ weighting: LossWeighting) throws -> [Double] {
      try DenoisingObjective(.v, schedule: schedule, weighting: weighting)
        .perSample(x0: x0, epsilon: epsilon, levels: levels) { x, _ in 0 * x }
        .values(as: Double.self)
    }
    let (plain, weighted) = (try losses(.uniform), try losses(.minSNR()))
    for (index, level) in levels.enumerated() {
      let weight = LossWeighting.minSNR().weight(of: .v, at: level)
      #expect(relativeError(weighted[index], plain[index] * weight) < 1e-13)
    }
  }

  // Hang et al. 2023, section 3.4: min(SNR, gamma) over 1, SNR and SNR + 1.
  @Test("min-SNR weights are the published ones", arguments: [1.0, 300, 700, 999])
  func minSNR(timestep: Double) throws {
    let level = try DiscreteSchedule(.linear()).level(at: timestep)
    let snr = exp(level.logSNR)
    let weighting = LossWeighting.minSNR(gamma: 5)
    let clipped = min(snr, 5)
    #expect(relativeError(weighting.weight(of: .x0, at: level), clipped) < 1e-12)
    #expect(relativeError(weighting.weight(of: .epsilon, at: level), clipped / snr) < 1e-12)
    #expect(relativeError(weighting.weight(of: .v, at: level), clipped / (snr + 1)) < 1e-12)
    #expect(LossWeighting.uniform.weight(of: .v, at: level) == 1)
  }

  @Test("min-SNR weights have their limits at both ends")
  func minSNREnds() {
    let weighting = LossWeighting.minSNR()
    let noise = NoiseLevel(alpha: 0, sigma: 1)
    let clean = NoiseLevel(alpha: 1, sigma: 0)
    #expect(weighting.weight(of: .epsilon, at: noise) == 1)
    #expect(weighting.weight(of: .epsilon, at: clean) == 0)
    #expect(weighting.weight(of: .x0, at: noise) == 0)
    #expect(weighting.weight(of: .x0, at: clean) == 5)
  }

  @Test("the gradient of the loss reaches the network's weights")
  func gradient() throws {
    let schedule = try FlowSchedule()
    let weight = Tensor([0.5]).withGradient()
    let levels = [0.2, 0.5, 0.9].map { schedule.level(time: $0) }
    let loss = try DenoisingObjective(.velocity, schedule: schedule)(
      x0: x0, epsilon: epsilon, levels: levels
    ) { x, _ in weight * x }
    loss.backward()
    let batch = LevelBatch(levels, like: x0)
    let x = batch.noised(x0, by: epsilon)
    let expected = (2 * (0.5 * x - (epsilon - x0)) * x).mean().item()
    #expect(abs(try #require(weight.gradient).item() - expected) < 1e-12)
  }
}

@Suite struct LevelDistributionTests {
  private static let count = 20_000

  /// Five standard errors of a share that is measured over the draws.
  private static let tolerance = 5 * 0.5 / Double(count).squareRoot()

  private func share(_ levels: [NoiseLevel], below time: Double) -> Double {
    Double(levels.count { $0.sigma < time }) / Double(levels.count)
  }

  @Test("uniform timesteps hit every tenth of the chain equally")
  func uniform() throws {
    let schedule = try DiscreteSchedule(.linear())
    let levels = UniformTimesteps(schedule).levels(Self.count, using: Generator(seed: 1))
    let timesteps = levels.map { schedule.timestep(at: $0) }
    #expect(timesteps.allSatisfy { $0 == $0.rounded() })
    for tenth in 1...10 {
      let share = Double(timesteps.count { $0 < Double(tenth) * 100 }) / Double(Self.count)
      #expect(abs(share - Double(tenth) / 10) < Self.tolerance)
    }
    #expect(timesteps.contains(0) && timesteps.contains(999))
  }

  @Test("a process's times are equally often between the earliest and the last")
  func continuous() throws {
    let schedule = try ContinuousSchedule(VariancePreserving(), earliest: 0.2)
    let levels = UniformTimes(schedule).levels(Self.count, using: Generator(seed: 5))
    let times = levels.map { schedule.process.time(of: $0) }
    #expect(times.allSatisfy { $0 > 0.2 - 1e-12 && $0 < 1 + 1e-12 })
    for quarter in 1...3 {
      let share = Double(times.count { $0 < 0.2 + 0.2 * Double(quarter) }) / Double(Self.count)
      #expect(abs(share - Double(quarter) / 4) < Self.tolerance)
    }
  }

  @Test("a flow's times have the distribution of their density", arguments: [0.1, 0.35, 0.5, 0.8])
  func flow(time: Double) throws {
    let schedule = try FlowSchedule()
    func measured(_ density: FlowTimes.Density) -> Double {
      let levels = FlowTimes(schedule, density: density)
        .levels(Self.count, using: Generator(seed: 2))
      return share(levels, below: time)
    }
    #expect(abs(measured(.uniform) - time) < Self.tolerance)
    let logit = log(time / (1 - time))
    let normal = 0.5 * erfc(-(logit - 0.3) / 0.8 / 2.0.squareRoot())
    let logitNormal = measured(.logitNormal(mean: 0.3, deviation: 0.8))
    #expect(abs(logitNormal - normal) < Self.tolerance)
    // The integral of the density 2 / (pi - 2 pi t + 2 pi t^2).
    let cosine = 2 / Double.pi * atan(time / (1 - time))
    #expect(abs(measured(.cosine) - cosine) < Self.tolerance)
  }

  @Test("the shift moves the drawn times as it does the visited ones")
  func shift() throws {
    let plain = FlowTimes(try FlowSchedule()).levels(10, using: Generator(seed: 3))
    let schedule = try FlowSchedule(shift: 3)
    let shifted = FlowTimes(schedule).levels(10, using: Generator(seed: 3))
    #expect(shifted.map(\.sigma) == plain.map { schedule.shifted($0.sigma) })
  }

  @Test("Karras' levels are log-normal")
  func logNormal() {
    let levels = LogNormalSigmas().levels(Self.count, using: Generator(seed: 4))
    let median = Double(levels.count { $0.sigma < exp(-1.2) }) / Double(Self.count)
    let oneDeviation = Double(levels.count { $0.sigma < 1 }) / Double(Self.count)
    #expect(levels.allSatisfy { $0.alpha == 1 })
    #expect(abs(median - 0.5) < Self.tolerance)
    #expect(abs(oneDeviation - 0.841344746) < Self.tolerance)
  }
}
