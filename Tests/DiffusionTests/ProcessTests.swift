import Diffusion
import Foundation
import Testing
import Torch
import Verification

/// What holds for every continuous process.
@Suite struct ProcessTests {
  static let names = Processes.all.map(\.name)
  private static let shares = [0.05, 0.2, 0.5, 0.8, 0.95]

  private func times(_ process: any NoiseProcess) -> [Double] {
    let (first, last) = (process.times.lowerBound, process.times.upperBound)
    return Self.shares.map { first + $0 * (last - first) }
  }

  /// The derivative, by Richardson's extrapolation of two central differences.
  private func derivative(_ t: Double, of f: (Double) -> Double) -> Double {
    func central(_ h: Double) -> Double { (f(t + h) - f(t - h)) / (2 * h) }
    let h = 1e-4 * max(t, 0.1)
    return (4 * central(h) - central(2 * h)) / 3
  }

  @Test("drift and diffusion lead to the marginals", arguments: names)
  func moments(name: String) throws {
    let process = try Processes.named(name)
    for t in times(process) {
      let level = process.level(time: t)
      let (f, g) = (process.drift(time: t), process.diffusion(time: t))
      let alphaSlope = derivative(t) { process.level(time: $0).alpha }
      #expect(abs(alphaSlope - f * level.alpha) < 1e-8 * max(1, abs(alphaSlope)), "\(t)")
      let slope = derivative(t) { pow(process.level(time: $0).sigma, 2) }
      let expected = 2 * f * level.sigma * level.sigma + g * g
      #expect(abs(slope - expected) < 1e-7 * max(1, abs(slope)), "\(t)")
    }
  }

  @Test("a level's time is found again, on every path", arguments: names)
  func inverse(name: String) throws {
    let process = try Processes.named(name)
    for t in times(process) {
      let level = process.level(time: t)
      #expect(abs(process.path.scale(of: level) - 1) < 1e-14)
      for path in NoisePath.allCases {
        #expect(relativeError(process.time(of: path.level(level)), t) < 1e-11, "\(path) \(t)")
      }
    }
  }

  @Test("noise grows from nearly none to nearly all", arguments: names)
  func ends(name: String) throws {
    let process = try Processes.named(name)
    let first = process.level(time: process.times.lowerBound)
    let last = process.level(time: process.times.upperBound)
    #expect(first.karrasSigma < 0.02 && last.karrasSigma > 49)
  }

  /// Of normal data, the flow scales samples as their standard deviation grows.
  @Test("the probability flow and the reverse process keep a Gaussian's variance", arguments: names)
  func gaussian(name: String) throws {
    let process = try Processes.named(name)
    let data = NormalData(variance: 0.25)
    for t in times(process) {
      let level = process.level(time: t)
      let variance = data.noisyVariance(at: level)
      let slope = derivative(t) { data.noisyVariance(at: process.level(time: $0)) }
      let x = Tensor([1.0])
      let x0 = data(x, at: level)
      let flow = process.flow(x, x0: x0, time: t).item()
      #expect(abs(2 * flow * variance - slope) < 1e-7 * max(1, abs(slope)), "\(t)")
      let reverse = process.reverseDrift(x, x0: x0, time: t).item()
      let added = pow(process.diffusion(time: t), 2)
      let expected = 2 * reverse * variance - added
      #expect(abs(expected - slope) < 1e-7 * max(1, added), "\(t)")
    }
  }

  @Test("the flow's process has the flow's velocity")
  func velocity() {
    let (x0, epsilon) = (Tensor([0.3, -2.0]), Tensor([1.1, 0.4]))
    for t in Self.shares {
      let x = FlowProcess().level(time: t).noised(x0, by: epsilon)
      let velocity = FlowProcess().flow(x, x0: x0, time: t)
      #expect(
        distance(
          velocity,
          PredictionType.velocity.output(
            x0: x0, epsilon: epsilon, at: .clean)) < 1e-12)
    }
  }

  @Test("sub-VP has the signal of VP and less noise")
  func subVariance() throws {
    let (vp, sub) = (try VariancePreserving(), try SubVariancePreserving())
    for t in Self.shares {
      #expect(vp.level(time: t).alpha == sub.level(time: t).alpha)
      #expect(vp.level(time: t).sigma > sub.level(time: t).sigma)
    }
    // The integral of beta is 0.1 + 19.9 / 2.
    #expect(relativeError(vp.level(time: 1).alpha, exp(-5.025)) < 1e-14)
    #expect(relativeError(sub.level(time: 1).sigma, 1 - exp(-10.05)) < 1e-14)
  }

  @Test("the chain of linear betas comes to its process as steps shrink")
  func limit() throws {
    let process = try VariancePreserving()
    func error(_ count: Int) throws -> Double {
      let n = Double(count)
      let chain = try DiscreteSchedule(.linear(first: 0.1 / n, last: 20 / n), count: count)
      let table = try DiscreteSchedule(process, count: count)
      return abs(log(chain.alphaBar[count / 2 - 1] / table.alphaBar[count / 2 - 1]))
    }
    let errors = (try error(1000), try error(2000))
    #expect(errors.0 < 0.05)
    #expect(abs(errors.0 / errors.1 - 2) < 0.05)
  }

  @Test("a process has a table", arguments: names)
  func table(name: String) throws {
    let process = try Processes.named(name)
    func table(_ process: some NoiseProcess) throws -> DiscreteSchedule {
      try DiscreteSchedule(process, count: 10)
    }
    let schedule = try table(process)
    let (first, last) = (process.times.lowerBound, process.times.upperBound)
    for index in 0..<9 {
      let level = process.level(time: first + Double(index + 1) / 10 * (last - first))
      let sigma = schedule.level(at: Double(index)).karrasSigma
      #expect(relativeError(sigma, level.karrasSigma) < 1e-10)
    }
  }

  @Test("parameters out of range are refused")
  func errors() throws {
    #expect(throws: ScheduleError.self) { try VariancePreserving(betaMin: -1) }
    #expect(throws: ScheduleError.self) { try VariancePreserving(betaMin: 3, betaMax: 2) }
    #expect(throws: ScheduleError.self) { try SubVariancePreserving(betaMax: .infinity) }
    #expect(throws: ScheduleError.self) { try CosineProcess(offset: -0.1) }
    #expect(throws: ScheduleError.self) { try VarianceExploding(sigmaMin: 0) }
    #expect(throws: ScheduleError.self) { try VarianceExploding(sigmaMax: 0.001) }
    #expect(throws: ScheduleError.self) { try EDMProcess(sigmaMin: -1) }
    #expect(throws: ScheduleError.self) { try EDMProcess(sigmaMax: 0.001) }
    #expect(throws: ScheduleError.self) { try ContinuousSchedule(FlowProcess(), earliest: 0) }
    #expect(throws: ScheduleError.self) { try ContinuousSchedule(FlowProcess(), earliest: 1) }
    #expect(throws: ScheduleError.self) { try ContinuousSchedule(FlowProcess(), timeScale: 0) }
    let schedule = try ContinuousSchedule(FlowProcess())
    #expect(throws: ScheduleError.self) { try schedule.levels(0) }
  }
}
