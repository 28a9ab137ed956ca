import Diffusion
import Foundation
import Testing
import Torch

@Suite struct ScheduleTests {
  @Test("the ends of the tables are the known constants")
  func constants() throws {
    let linear = try DiscreteSchedule(.linear())
    #expect(relativeError(linear.alphaBar[999], 4.035829765375676e-5) < 1e-12)
    #expect(relativeError(linear.level(at: 999).karrasSigma, 157.40728081040757) < 1e-12)
    let scaled = try DiscreteSchedule(.scaledLinear())
    #expect(relativeError(scaled.alphaBar[999], 0.004660098513077238) < 1e-12)
    #expect(relativeError(scaled.level(at: 999).karrasSigma, 14.614641229333639) < 1e-12)
    #expect(relativeError(scaled.level(at: 0).karrasSigma, 0.029167158151720367) < 1e-12)
    let cosine = Betas.cosine().values(1000)
    #expect(cosine[999] == 0.999)
    #expect(cosine.allSatisfy { $0 > 0 && $0 <= 0.999 })
  }

  @Test("the tables are diffusers', to within its float32")
  func tables() throws {
    let tables = try Fixtures.load().tables
    for (name, betas) in [
      ("linear", Betas.linear()), ("scaled-linear", .scaledLinear()), ("cosine", .cosine()),
    ] {
      let table = try #require(tables[name])
      for (index, value) in table.enumerated() {
        #expect(relativeError(betas.alphaBar(1000)[37 * index], value) < 1e-4, "\(name) \(index)")
      }
    }
  }

  @Test("the visited timesteps are diffusers'")
  func timesteps() throws {
    for row in try Fixtures.load().timesteps {
      let schedule = try DiscreteSchedule(.linear(), spacing: try #require(spacing(row.spacing)))
      let levels = try schedule.levels(row.steps)
      #expect(levels.count == row.steps + 1 && levels.last == .clean)
      #expect(levels.dropLast().map { schedule.timestep(at: $0) } == row.timesteps)
    }
  }

  @Test("an offset moves leading timesteps and stops at the last")
  func offset() throws {
    let schedule = try DiscreteSchedule(.linear(), spacing: .leading(offset: 1))
    let levels = try schedule.levels(1000)
    #expect(schedule.timestep(at: levels[0]) == 999)
    #expect(schedule.timestep(at: levels[999]) == 1)
  }

  @Test("one step starts from the noisiest level", arguments: Schedules.all.map(\.name))
  func oneStep(name: String) throws {
    let schedule = try Schedules.named(name)
    let levels = try schedule.levels(1)
    #expect(levels.count == 2 && levels[1] == .clean)
    let again = schedule.level(at: schedule.timestep(at: levels[0]))
    #expect(abs(levels[0].alpha - again.alpha) < 1e-12)
    #expect(relativeError(again.sigma, levels[0].sigma) < 1e-12)
    #expect(levels[0].karrasSigma >= (try schedule.levels(2)[0].karrasSigma))
  }

  @Test("Karras' levels lie between the ends of a table", arguments: [1, 2, 10, 2000])
  func karrasOverTable(steps: Int) throws {
    let schedule = try DiscreteSchedule(.scaledLinear(), spacing: .karras())
    let levels = try schedule.levels(steps)
    #expect(levels.count == steps + 1 && levels.last == .clean)
    #expect(relativeError(levels[0].karrasSigma, 14.614641229333639) < 1e-12)
    #expect(levels.dropLast().allSatisfy { abs(hypot($0.alpha, $0.sigma) - 1) < 1e-15 })
    if steps > 1 {
      #expect(relativeError(levels[steps - 1].karrasSigma, 0.029167158151720367) < 1e-12)
    }
    if steps == 10 {
      let ends = (pow(14.614641229333639, 1.0 / 7), pow(0.029167158151720367, 1.0 / 7))
      let fourth = pow(ends.0 + 3.0 / 9 * (ends.1 - ends.0), 7)
      #expect(relativeError(levels[3].karrasSigma, fourth) < 1e-12)
    }
  }

  @Test("Karras' own schedule spans its range and is told ln(sigma) / 4")
  func karras() throws {
    let levels = try KarrasSchedule().levels(18)
    #expect(relativeError(levels[0].sigma, 80) < 1e-14)
    #expect(relativeError(levels[17].sigma, 0.002) < 1e-12)
    #expect(levels.allSatisfy { $0.alpha == 1 })
    #expect(abs(try KarrasSchedule().timestep(at: levels[0]) - log(80) / 4) < 1e-15)
  }

  @Test("a flow's times are equidistant before they are shifted")
  func flow() throws {
    #expect(try FlowSchedule().levels(4).map(\.sigma) == [1, 0.75, 0.5, 0.25, 0])
    #expect(try FlowSchedule(shift: 3).levels(2).map(\.sigma) == [1, 0.75, 0])
    #expect(try FlowSchedule(shift: 3).levels(2)[0].alpha == 0)
    let schedule = try FlowSchedule(shift: 3)
    #expect(schedule.timestep(at: schedule.level(time: 0.75)) == 750)
  }

  @Test("levels fall and end clean", arguments: Schedules.all.map(\.name))
  func falling(name: String) throws {
    let levels = try Schedules.named(name).levels(50)
    #expect(levels.last == .clean)
    #expect(zip(levels, levels.dropFirst()).allSatisfy { $0.logSNR < $1.logSNR })
  }

  @Test(
    "timestep and level are inverse, between whole timesteps too",
    arguments: Schedules.all.map(\.name))
  func inverse(name: String) throws {
    let schedule = try Schedules.named(name)
    let isLogarithm = schedule is KarrasSchedule || schedule is SigmaSchedule
    var timesteps = isLogarithm ? [-1.5, 0, 0.3, 1] : [0, 0.25, 1, 499, 500.5, 998.75, 999]
    // From its last timestep to the one before it, that chain's logarithms are infinitely far.
    if name == "zero-terminal" { timesteps.removeAll { $0 == 998.75 } }
    for timestep in timesteps where !(schedule is FlowSchedule) || timestep > 0 {
      let level = schedule.level(at: timestep)
      #expect(abs(schedule.timestep(at: level) - timestep) < 1e-9)
      for path in NoisePath.allCases where path != .varianceExploding || level.alpha > 0 {
        #expect(abs(schedule.timestep(at: path.level(level)) - timestep) < 1e-9)
      }
    }
  }

  @Test("on the variance-preserving path, v is the preconditioned output but for its sign")
  func preconditioned() throws {
    let schedule = try SigmaSchedule(
      .exponential, sigmaMin: 0.002, sigmaMax: 120, path: .variancePreserving)
    let x = Generator(seed: 4).normal([2, 5], dtype: .float64)
    func network(_ x: Tensor, _ timesteps: Tensor) -> Tensor {
      x.sine() + timesteps.converted(to: .float64).unsqueezed(-1)
    }
    let preconditioned = PreconditionedDenoiser(Preconditioning(sigmaData: 1), network: network)
    let predicting = PredictionDenoiser(.v, schedule: schedule) { -network($0, $1) }
    for level in try schedule.levels(5).dropLast() {
      #expect(abs(hypot(level.alpha, level.sigma) - 1) < 1e-12)
      let exploding = NoisePath.varianceExploding.level(level)
      let expected = try preconditioned(x * exploding.sigma, at: exploding)
      for (own, scale) in [(level, level.sigma), (exploding, exploding.sigma)] {
        // Timesteps are told in float32.
        #expect(distance(try predicting(x * scale, at: own), expected) < 1e-6)
      }
    }
  }

  @Test("rescaling to zero terminal signal keeps the first timestep and empties the last")
  func zeroTerminal() throws {
    let before = try DiscreteSchedule(.scaledLinear())
    let after = before.withZeroTerminalSNR()
    #expect(relativeError(after.alphaBar[0], before.alphaBar[0]) < 1e-14)
    #expect(after.alphaBar[999] == 0)
    #expect(after.level(at: 999) == NoiseLevel(alpha: 0, sigma: 1))
    #expect(after.timestep(at: NoiseLevel(alpha: 0, sigma: 1)) == 999)
    #expect(zip(after.alphaBar, after.alphaBar.dropFirst()).allSatisfy { $0 > $1 })
    #expect(after.timestep(at: after.level(at: 998)) == 998)
  }

  @Test("what a schedule cannot do is refused with what was expected")
  func errors() throws {
    let linear = try DiscreteSchedule(.linear())
    #expect(throws: ScheduleError.steps(found: 0, allowed: 1...1000)) { try linear.levels(0) }
    #expect(throws: ScheduleError.steps(found: 1001, allowed: 1...1000)) {
      try linear.levels(1001)
    }
    #expect(throws: ScheduleError.steps(found: -1, allowed: 1...Int.max)) {
      try FlowSchedule().levels(-1)
    }
    #expect(throws: ScheduleError.alphaBar(index: 1, value: 0.9)) {
      try DiscreteSchedule(alphaBar: [0.9, 0.9])
    }
    #expect(throws: ScheduleError.self) { try DiscreteSchedule(alphaBar: []) }
    #expect(throws: ScheduleError.self) { try DiscreteSchedule(.cosine(), count: -1) }
    #expect(throws: ScheduleError.self) { try DiscreteSchedule(.linear(last: 1.5)) }
    #expect(throws: ScheduleError.self) { try KarrasSchedule(sigmaMin: 2, sigmaMax: 1) }
    #expect(throws: ScheduleError.self) { try KarrasSchedule(sigmaMin: 0) }
    #expect(throws: ScheduleError.self) { try KarrasSchedule(rho: -1) }
    #expect(throws: ScheduleError.self) { try FlowSchedule(shift: 0) }
    #expect(throws: ScheduleError.self) {
      try DiscreteSchedule(alphaBar: [0.5, 0], spacing: .karras()).levels(2)
    }
    let steps = ScheduleError.steps(found: 0, allowed: 1...Int.max)
    #expect(steps.description == "steps: expected at least 1, found 0")
    let exact = ScheduleError.steps(found: 3, allowed: 2...2)
    #expect(exact.description == "steps: expected 2, found 3")
  }

  @Test("schedules that were written as JSON are checked when they are read")
  func codable() throws {
    func read<Value: Codable>(_ type: Value.Type, _ json: String) throws -> Value {
      try JSONDecoder().decode(type, from: Data(json.utf8))
    }
    let flow = try FlowSchedule(shift: 2.5)
    let karras = try KarrasSchedule(sigmaMin: 0.01, sigmaMax: 10, rho: 5)
    let encoder = JSONEncoder()
    #expect(try JSONDecoder().decode(FlowSchedule.self, from: encoder.encode(flow)) == flow)
    let quadratic = try FlowSchedule(shift: 2, spacing: .linearQuadratic(threshold: 0.1))
    #expect(
      try JSONDecoder().decode(FlowSchedule.self, from: encoder.encode(quadratic)) == quadratic)
    #expect(try read(FlowSchedule.self, #"{"shift": 2.5}"#) == flow)
    let shift = try ResolutionShift(.linear)
    #expect(try JSONDecoder().decode(ResolutionShift.self, from: encoder.encode(shift)) == shift)
    #expect(throws: ScheduleError.self) {
      let point = #"{"length": 256, "value": 1}"#
      _ = try read(
        ResolutionShift.self, #"{"kind": "linear", "base": \#(point), "maximum": \#(point)}"#)
    }
    #expect(try JSONDecoder().decode(KarrasSchedule.self, from: encoder.encode(karras)) == karras)
    #expect(throws: ScheduleError.self) { try read(FlowSchedule.self, #"{"shift": -1}"#) }
    #expect(throws: ScheduleError.self) {
      try read(KarrasSchedule.self, #"{"sigmaMin": 2, "sigmaMax": 1, "rho": 7}"#)
    }
  }
}

/// The spacing of diffusers' name.
func spacing(_ name: String) -> TimestepSpacing? {
  [
    "leading": .leading(), "trailing": .trailing, "linspace": .linspace, "karras": .karras(),
  ][name]
}
