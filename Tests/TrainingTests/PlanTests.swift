import Foundation
import Testing
import Training

@Suite struct PlanTests {
  @Test("a plan survives JSON, with and without a limit of the gradient", arguments: [nil, 0.5])
  func roundTrip(clip: Double?) throws {
    let plan = try TrainingPlan(
      steps: 10, batchSize: 4, accumulation: 2,
      learningRate: LearningRate(peak: 1e-3, warmupSteps: 3, decay: .cosine(to: 0.1)),
      optimizer: AdamW.Options(beta2: 0.99),
      muon: clip.map { _ in Muon.Options(scopes: ["blocks"]) }, clip: clip, averageDecay: 0.99,
      precision: .bf16, seed: .max, saveEvery: 7, sampleEvery: 8)
    let data = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(TrainingPlan.self, from: data) == plan)
  }

  @Test("a plan that is read is checked as a new one is")
  func checkedDecoding() throws {
    let plan = try TrainingPlan(steps: 10, batchSize: 4, learningRate: LearningRate(peak: 1))
    let text = String(decoding: try JSONEncoder().encode(plan), as: UTF8.self)
    let bad = text.replacing("\"steps\":10", with: "\"steps\":0")
    #expect(
      throws: TrainingError.invalid(what: "steps", expected: "a whole number from 1", found: "0")
    ) {
      try JSONDecoder().decode(TrainingPlan.self, from: Data(bad.utf8))
    }
  }

  /// A plan with one number out of its range, and the name of the number.
  struct Bad: CustomTestStringConvertible, Sendable {
    let name: String
    let make: @Sendable () throws -> TrainingPlan

    var testDescription: String { name }

    init(_ name: String, _ make: @escaping @Sendable () throws -> TrainingPlan) {
      self.name = name
      self.make = make
    }

    init(
      _ name: String, steps: Int = 1, batchSize: Int = 6, accumulation: Int = 1,
      saveEvery: Int = 1, sampleEvery: Int = 1
    ) {
      self.init(name) {
        try TrainingPlan(
          steps: steps, batchSize: batchSize, accumulation: accumulation,
          learningRate: LearningRate(peak: 1), saveEvery: saveEvery, sampleEvery: sampleEvery)
      }
    }

    init(_ name: String, clip: Double? = nil, averageDecay: Double = 0) {
      self.init(name) {
        try TrainingPlan(
          steps: 1, batchSize: 1, learningRate: LearningRate(peak: 1), clip: clip,
          averageDecay: averageDecay)
      }
    }

    init(
      _ name: String, rate: LearningRate = LearningRate(peak: 1),
      optimizer: AdamW.Options = AdamW.Options(), muon: Muon.Options? = nil
    ) {
      self.init(name) {
        try TrainingPlan(
          steps: 1, batchSize: 1, learningRate: rate, optimizer: optimizer, muon: muon)
      }
    }
  }

  @Test(
    "numbers out of range are refused by name",
    arguments: [
      Bad("steps", steps: 0), Bad("batchSize", batchSize: 0), Bad("accumulation", accumulation: 0),
      Bad("accumulation", accumulation: 4), Bad("saveEvery", saveEvery: 0),
      Bad("sampleEvery", sampleEvery: -1),
      Bad("clip", clip: 0), Bad("clip", clip: .nan), Bad("averageDecay", averageDecay: 1),
      Bad("averageDecay", averageDecay: -0.1),
      Bad("learningRate.peak", rate: LearningRate(peak: 0)),
      Bad("learningRate.peak", rate: LearningRate(peak: .infinity)),
      Bad("learningRate.warmupSteps", rate: LearningRate(peak: 1, warmupSteps: -1)),
      Bad("learningRate.decay.to", rate: LearningRate(peak: 1, decay: .cosine(to: 2))),
      Bad("learningRate.decay.to", rate: LearningRate(peak: 1, decay: .linear(to: -1))),
      Bad("learningRate.decay.to", rate: LearningRate(peak: 1, decay: .tail(steps: 1, to: 2))),
      Bad("learningRate.decay.steps", rate: LearningRate(peak: 1, decay: .tail(steps: 0, to: 0))),
      Bad("optimizer.beta1", optimizer: AdamW.Options(beta1: 1)),
      Bad("optimizer.beta2", optimizer: AdamW.Options(beta2: -0.5)),
      Bad("optimizer.eps", optimizer: AdamW.Options(eps: 0)),
      Bad("optimizer.weightDecay", optimizer: AdamW.Options(weightDecay: -1)),
      Bad("muon.scopes", muon: Muon.Options(scopes: [])),
      Bad("muon.momentum", muon: Muon.Options(scopes: ["a"], momentum: 1)),
      Bad("muon.weightDecay", muon: Muon.Options(scopes: ["a"], weightDecay: .nan)),
    ])
  func invalid(_ bad: Bad) {
    let error = #expect(throws: TrainingError.self) { try bad.make() }
    guard case .invalid(let what, _, _) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(what == bad.name)
  }
}
