import Testing
import Training

@Suite struct LearningRateTests {
  @Test("the rate rises in a line to its peak")
  func warmup() {
    let rate = LearningRate(peak: 2, warmupSteps: 4)
    #expect((1...6).map { rate(step: $0, of: 100) } == [0.5, 1, 1.5, 2, 2, 2])
  }

  @Test("the decays end at their fraction of the peak and are half way in the middle")
  func decays() {
    for decay in [LearningRate.Decay.cosine(to: 0.2), .linear(to: 0.2)] {
      let rate = LearningRate(peak: 10, warmupSteps: 20, decay: decay)
      #expect(rate(step: 20, of: 120) == 10)
      #expect(abs(rate(step: 70, of: 120) - 6) < 1e-12)
      #expect(abs(rate(step: 120, of: 120) - 2) < 1e-12)
    }
  }

  @Test("a cosine is flat at both ends, a line is not")
  func shapes() {
    let cosine = LearningRate(peak: 1, decay: .cosine(to: 0))
    let line = LearningRate(peak: 1, decay: .linear(to: 0))
    #expect(abs(cosine(step: 25, of: 100) - 0.8535533905932737) < 1e-15)
    #expect(line(step: 25, of: 100) == 0.75)
  }

  @Test("a tail is a line over the last steps alone")
  func tail() {
    let rate = LearningRate(peak: 8, warmupSteps: 2, decay: .tail(steps: 4, to: 0.5))
    #expect((1...10).map { rate(step: $0, of: 10) } == [4, 8, 8, 8, 8, 8, 7, 6, 5, 4])
  }
}
