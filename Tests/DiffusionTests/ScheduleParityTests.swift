import Foundation
import Testing

@testable import Diffusion

/// Tables of diffusers 0.42.1, k-diffusion and scipy; `Tests/Golden/schedules.py`.
@Suite struct ScheduleParityTests {
  @Test("the tables of alphaBar are diffusers', to within its float32")
  func tables() throws {
    let tables = try ScheduleFixtures.load().tables
    let rescaled = try DiscreteSchedule(.scaledLinear()).withZeroTerminalSNR().alphaBar
    for (name, own) in [
      ("sigmoid", Betas.sigmoid().alphaBar(1000)), ("laplace", Betas.laplace().alphaBar(1000)),
      ("exp", Betas.exponential().alphaBar(1000)), ("zero-terminal", rescaled),
    ] {
      let table = try #require(tables[name])
      for (index, value) in table.enumerated() {
        // Rounded betas shift the logarithm by up to 1000 halves of float32's last digit.
        #expect(abs(own[37 * index] - value) <= 1e-4 * value, "\(name) \(index)")
      }
    }
  }

  @Test("k-diffusion's levels come out of the spacings, to 13 digits")
  func continuous() throws {
    let spacings: [String: SigmaSpacing] = [
      "karras": .karras(), "exponential": .exponential, "polyexponential": .polyexponential(rho: 2),
    ]
    for golden in try ScheduleFixtures.load().continuous {
      let own: [Double] =
        if golden.name == "vp" {
          try ContinuousSchedule(VariancePreserving(betaMin: 0.1, betaMax: 20))
            .levels(golden.steps).dropLast().map(\.karrasSigma)
        } else {
          try #require(spacings[golden.name]).sigmas(golden.steps, from: 80, to: 0.002)
        }
      try compare(own, golden, within: 1e-11)
    }
  }

  @Test("diffusers' levels over a table come out of the spacings, to its float32")
  func discrete() throws {
    for golden in try ScheduleFixtures.load().discrete {
      let name = golden.name == "lu" ? "exponential" : golden.name
      let schedule = try DiscreteSchedule(.scaledLinear(), spacing: Spacings.named(name))
      let own = try schedule.levels(golden.steps).dropLast().map(\.karrasSigma)
      try compare(own, golden, within: 2e-7)
    }
  }

  private func compare(
    _ own: [Double], _ golden: ScheduleFixtures.Spacing, within tolerance: Double
  ) throws {
    #expect(own.count == golden.sigmas.count)
    for (found, expected) in zip(own, golden.sigmas) {
      #expect(relativeError(found, expected) < tolerance, "\(golden.name), \(golden.steps) steps")
    }
  }

  @Test("diffusers' shifted and quadratic times are ours, to its float32")
  func flows() throws {
    for golden in try ScheduleFixtures.load().flows {
      let schedule: FlowSchedule
      switch golden.kind {
      case "shift": schedule = try FlowSchedule(shift: golden.value)
      case "linear-quadratic":
        schedule = try FlowSchedule(spacing: .linearQuadratic(threshold: golden.value))
      default:
        let kind = try #require(ResolutionShift.Kind(rawValue: golden.kind))
        let line = try ResolutionShift(kind)
        let mu = try #require(golden.mu)
        #expect(abs(line.mu(length: Int(golden.value)) - mu) < 1e-14)
        schedule = try FlowSchedule(shift: line.shift(length: Int(golden.value)))
      }
      let own = try schedule.levels(golden.times.count).dropLast().map(\.sigma)
      for (found, expected) in zip(own, golden.times) {
        #expect(abs(found - expected) < 1e-6, "\(golden.kind) \(golden.value)")
      }
    }
  }

  @Test("the tables of Align Your Steps are the published ones")
  func alignYourSteps() throws {
    let tables = try ScheduleFixtures.load().alignYourSteps
    for (name, own) in [
      ("StableDiffusionSigmas", AlignYourSteps.stableDiffusion),
      ("StableDiffusionXLSigmas", AlignYourSteps.stableDiffusionXL),
      ("StableDiffusionVideoSigmas", AlignYourSteps.stableVideoDiffusion),
    ] {
      let table = try #require(tables[name])
      // diffusers puts 0 in the last one's place.
      #expect(Array(own.dropLast()) == Array(table.dropLast()))
      let ten = try SigmaSpacing.table(own).sigmas(10, from: 1, to: 0.1)
      for (found, expected) in zip(ten, table) { #expect(relativeError(found, expected) < 1e-14) }
    }
    #expect(AlignYourSteps.deepFloyd.count == 11)
  }

  @Test("quantiles of the Beta distribution are scipy's")
  func quantiles() throws {
    for golden in try ScheduleFixtures.load().quantiles {
      let distribution = BetaDistribution(golden.alpha, golden.beta)
      let own = distribution.quantile(golden.share)
      #expect(relativeError(own, golden.quantile) < 1e-11, "\(golden)")
      #expect(abs(distribution.share(below: own) - golden.share) < 1e-12)
    }
  }
}

/// What the spacings must do whoever else has them.
@Suite struct SpacingTests {
  @Test("spacings fall, end clean and start where they say", arguments: Spacings.all.map(\.name))
  func contract(name: String) throws {
    let schedule = try DiscreteSchedule(.scaledLinear(), spacing: Spacings.named(name))
    for steps in [1, 2, 5, 10, 33] {
      let levels = try schedule.levels(steps)
      #expect(levels.count == steps + 1 && levels.last == .clean)
      #expect(zip(levels, levels.dropFirst()).allSatisfy { $0.logSNR < $1.logSNR })
      #expect(levels.allSatisfy { abs(hypot($0.alpha, $0.sigma) - 1) < 1e-15 })
    }
    #expect(throws: ScheduleError.self) { try schedule.levels(0) }
  }

  @Test("a table at twice its steps has geometric means between its levels")
  func interpolated() throws {
    let table = AlignYourSteps.stableDiffusion
    let sigmas = try SigmaSpacing.table(table).sigmas(20, from: 1, to: 0.1)
    for index in 0..<10 {
      #expect(relativeError(sigmas[2 * index], table[index]) < 1e-14)
      let mean = (table[index] * table[index + 1]).squareRoot()
      #expect(relativeError(sigmas[2 * index + 1], mean) < 1e-14)
    }
  }

  @Test("the KL-optimal levels of a unit Gaussian turn by equal angles")
  func klOptimal() throws {
    let sigmas = try SigmaSpacing.klOptimal.sigmas(9, from: 80, to: 0.002)
    let turns = zip(sigmas, sigmas.dropFirst()).map { atan($0) - atan($1) }
    #expect(turns.allSatisfy { abs($0 - (atan(80) - atan(0.002)) / 8) < 1e-14 })
    #expect(sigmas[0] == 80 && relativeError(sigmas[8], 0.002) < 1e-12)
  }

  @Test("fractional and simple steps are what their programs make of them")
  func comfy() throws {
    let uniform = try DiscreteSchedule(.linear(), spacing: .sgmUniform)
    let timesteps = try uniform.levels(4).dropLast().map { uniform.timestep(at: $0) }
    for (found, expected) in zip(timesteps, [999, 749.25, 499.5, 249.75]) {
      #expect(abs(found - expected) < 1e-9)
    }
    let simple = try DiscreteSchedule(.linear(), spacing: .simple)
    // sigmas[-(1 + int(x * 1000 / 7))]
    #expect(
      try simple.levels(7).dropLast().map { simple.timestep(at: $0) }
        == [999, 857, 714, 571, 428, 285, 142])
  }

  /// scipy 1.17.1: `rint(beta.ppf(1 - linspace(0, 1, 8, endpoint=False), 0.6, 0.6) * 999)`.
  @Test("timesteps by a Beta distribution are ComfyUI's, which are rounded")
  func timestepBeta() throws {
    let schedule = try DiscreteSchedule(.linear(), spacing: .beta())
    let timesteps = try schedule.levels(8).dropLast().map { schedule.timestep(at: $0) }
    let expected: [Double] = [999, 942, 823, 670, 500, 329, 176, 57]
    for (found, expected) in zip(timesteps, expected) { #expect(abs(found - expected) < 0.500001) }
    let flow = try FlowSchedule(spacing: .beta()).levels(8).map(\.sigma)
    for (found, timestep) in zip(flow, expected) {
      #expect(abs(999 * found - timestep) < 0.500001)
    }
  }

  /// scipy 1.17.1: `expit(0.3 + 1.2 * norm.ppf(1 - i / 5))`.
  @Test("logit-normal times are the distribution's quantiles")
  func logitNormal() throws {
    let schedule = try FlowSchedule(spacing: .logitNormal(mean: 0.3, deviation: 1.2))
    let times = [
      1, 0.7875040326137464, 0.6465746850485246, 0.4989958704091833, 0.32961088716652814, 0,
    ]
    for (found, expected) in zip(try schedule.levels(5).map(\.sigma), times) {
      #expect(abs(found - expected) < 1e-14)
    }
    #expect(throws: ScheduleError.self) {
      try FlowSchedule(spacing: .logitNormal(deviation: 0)).levels(3)
    }
    #expect(throws: ScheduleError.self) { try FlowSchedule(spacing: .beta(alpha: 0)).levels(3) }
  }

  @Test("whole, smooth and few timesteps are what their programs make of them")
  func timesteps() throws {
    func timesteps(_ spacing: TimestepSpacing, _ steps: Int) throws -> [Double] {
      let schedule = try DiscreteSchedule(.linear(), spacing: spacing)
      return try schedule.levels(steps).dropLast().map { schedule.timestep(at: $0) }
    }
    for (found, expected) in zip(try timesteps(.uniform, 3), [999, 499.5, 0]) {
      #expect(abs(found - expected) < 1e-9)
    }
    for (found, expected) in zip(try timesteps(.smoothstep, 4), [999, 842.90625, 499.5, 156.09375])
    {
      #expect(abs(found - expected) < 1e-9)
    }
    // diffusers' LCMScheduler.set_timesteps(4), of which `lcm` has a trajectory for 5.
    #expect(try timesteps(.consistency(), 4) == [999, 759, 499, 259])
    let schedule = try DiscreteSchedule(.linear(), spacing: .consistency(original: 4))
    #expect(throws: ScheduleError.steps(found: 5, allowed: 1...4)) { try schedule.levels(5) }
    #expect(throws: ScheduleError.self) {
      try DiscreteSchedule(.linear(), spacing: .consistency(original: 0)).levels(1)
    }
    #expect(throws: ScheduleError.self) {
      try DiscreteSchedule(.linear(), spacing: .beta(alpha: -1)).levels(2)
    }
  }

  /// RES4LYF's `bong_tangent_scheduler` for six steps from 10 to 0.
  @Test("two arcs of a tangent are RES4LYF's")
  func bongTangent() throws {
    let sigmas = try SigmaSpacing.bongTangent.sigmas(6, from: 10, to: 1e-9)
    let arcs = [
      10, 9.28970095239588, 7.976859219879593, 5, 1.856007278702728, 0.568021836108183,
    ]
    #expect(sigmas.count == 6)
    for (found, expected) in zip(sigmas, arcs) { #expect(abs(found - expected) < 1e-6) }
  }

  /// diffusers' `FlowMatchEulerDiscreteScheduler(shift_terminal=0.1, use_dynamic_shifting=True)`
  /// with five steps and mu = 2.05.
  @Test("times are stretched to LTX-Video's terminal")
  func terminal() throws {
    let schedule = try FlowSchedule(shift: exp(2.05), terminal: 0.1)
    let stretched = [1, 0.9174419045448303, 0.7907201051712036, 0.5714600086212158, 0.1, 0]
    for (found, expected) in zip(try schedule.levels(5).map(\.sigma), stretched) {
      #expect(abs(found - expected) < 1e-6)
    }
    #expect(try schedule.levels(1) == [schedule.level(time: 1), .clean])
    #expect(throws: ScheduleError.self) { try FlowSchedule(terminal: 1) }
    let decoded = try JSONDecoder().decode(
      FlowSchedule.self, from: JSONEncoder().encode(schedule))
    #expect(decoded == schedule)
  }

  /// diffusers' `compute_empirical_mu` of FLUX.2.
  @Test("the shift of FLUX.2 depends on the steps, too")
  func empirical() {
    for (length, steps, mu) in [
      (1024, 10, 1.9878114252576), (4096, 50, 2.0233511571292637), (9000, 20, 1.98009666),
    ] {
      #expect(abs(EmpiricalShift.mu(length: length, steps: steps) - mu) < 1e-12)
    }
    #expect(abs(log(EmpiricalShift.shift(length: 4096, steps: 50)) - 2.0233511571292637) < 1e-12)
  }

  @Test("a divided signal-to-noise ratio is one")
  func dividedSNR() throws {
    let schedule = try DiscreteSchedule(.scaledLinear())
    let divided = try schedule.dividingSNR(by: 3)
    for index in [0, 300, 999] {
      let (a, b) = (schedule.alphaBar[index], divided.alphaBar[index])
      #expect(relativeError(b / (1 - b), a / (1 - a) / 3) < 1e-10)
    }
    #expect(throws: ScheduleError.self) { try schedule.dividingSNR(by: 0) }
  }

  @Test("lists of one's own are taken as they are, or refused")
  func custom() throws {
    let schedule = try DiscreteSchedule(.linear(), spacing: .custom([900, 400.5, 20]))
    let timesteps = try schedule.levels(3).dropLast().map { schedule.timestep(at: $0) }
    for (found, expected) in zip(timesteps, [900, 400.5, 20]) {
      #expect(abs(found - expected) < 1e-9)
    }
    #expect(throws: ScheduleError.steps(found: 4, allowed: 3...3)) { try schedule.levels(4) }
    let rising = try DiscreteSchedule(.linear(), spacing: .custom([10, 20]))
    let error = #expect(throws: ScheduleError.self) { try rising.levels(2) }
    #expect(error?.description == "timestep 1: expected below 10.0, found 20.0")
    #expect(try DiscreteSchedule(.custom([0.1, 0.5]), count: 2).alphaBar == [0.9, 0.45])

    let flow = try FlowSchedule(spacing: .custom([1, 0.4]))
    #expect(try flow.levels(2).map(\.sigma) == [1, 0.4, 0])
    #expect(throws: ScheduleError.steps(found: 1, allowed: 2...2)) { try flow.levels(1) }
    #expect(throws: ScheduleError.self) {
      try FlowSchedule(spacing: .custom([0.4, 0.5])).levels(2)
    }
    #expect(throws: ScheduleError.self) { try FlowSchedule(spacing: .custom([1.5])).levels(1) }
  }

  @Test("a linear-quadratic flow has its straight part and grows after it")
  func linearQuadratic() throws {
    let times = try FlowSchedule(spacing: .linearQuadratic()).levels(40).map(\.sigma)
    #expect(abs(times[20] - 0.975) < 1e-15 && times[0] == 1 && times[40] == 0)
    let steps = zip(times, times.dropFirst()).map { $0 - $1 }
    #expect(steps[..<20].allSatisfy { abs($0 - 0.025 / 20) < 1e-15 })
    #expect(zip(steps[20...], steps[21...]).allSatisfy { $0 < $1 })
    #expect(throws: ScheduleError.self) {
      try FlowSchedule(spacing: .linearQuadratic(threshold: 0.5)).levels(4)
    }
  }

  @Test("the paper's Laplace table has the log-SNR of Laplace's quantiles")
  func laplace() {
    let table = Betas.laplace(location: 0.5, scale: 0.7, power: 1).alphaBar(1000)
    let first = 1 / (1 + exp(-(0.5 - 0.7 * log(1e-6))))
    for index in [99, 249, 499, 749, 899] {
      let t = Double(index + 1) / 1000
      let quantile = 0.5 - (t < 0.5 ? 1 : -1) * 0.7 * log(1 - 2 * abs(0.5 - t) + 1e-6)
      #expect(relativeError(table[index], 1 / (1 + exp(-quantile)) / first) < 1e-12)
    }
  }

  @Test("parameters out of range are refused with their names")
  func errors() throws {
    for spacing in [
      SigmaSpacing.karras(rho: 0), .polyexponential(rho: -1), .beta(alpha: 0), .beta(beta: 81),
      .table([1]), .table([1, 2]), .table([1, 0]),
    ] {
      #expect(throws: ScheduleError.self) { try SigmaSchedule(spacing) }
      #expect(throws: ScheduleError.self) {
        try DiscreteSchedule(.linear(), spacing: .sigmas(spacing)).levels(3)
      }
    }
    #expect(throws: ScheduleError.self) { try SigmaSchedule(.exponential, sigmaMin: 0) }
    #expect(throws: ScheduleError.self) { try SigmaSchedule(.exponential, sigmaMax: 0.001) }
    let point = ResolutionShift.Point(length: 5, value: 1)
    #expect(throws: ScheduleError.self) { try ResolutionShift(base: point, maximum: point) }
  }
}
