import Testing
import Torch

@testable import Diffusion

/// Guidance by a picture and an instruction.
@Suite struct InstructionGuidedTests {
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private let x = NoiseSource(seeds: [1, 2]).normal([3, 4], dtype: .float64)
  private let estimates: [InstructionScales.Branch: Tensor] = [
    .neither: NoiseSource(seeds: [3, 4]).normal([3, 4], dtype: .float64),
    .picture: NoiseSource(seeds: [5, 6]).normal([3, 4], dtype: .float64),
    .both: NoiseSource(seeds: [7, 8]).normal([3, 4], dtype: .float64),
  ]

  /// What is guided, after a check that the sample is given once for each branch.
  private func guided(
    _ instruction: Double, _ picture: Double, rescale: Double = 0, space: PredictionType = .x0
  ) throws -> Tensor {
    let scales = InstructionScales(instruction: instruction, picture: picture)
    let network = FunctionDenoiser { x, _ in
      #expect(distance(x, scales.branches.map { _ in self.x }.concatenated()) == 0)
      return scales.branches.compactMap { estimates[$0] }.concatenated()
    }
    return try InstructionGuided(scales, network, rescale: rescale, space: space)(x, at: level)
  }

  private func estimate(_ branch: InstructionScales.Branch) throws -> Tensor {
    try #require(estimates[branch])
  }

  @Test("the picture counts from nothing, and the instruction from the picture")
  func formula() throws {
    let (none, picture, both) = (
      try estimate(.neither), try estimate(.picture), try estimate(.both)
    )
    let expected = none + 1.5 * (picture - none) + 7.5 * (both - picture)
    #expect(distance(try guided(7.5, 1.5), expected) < 1e-13)
    // As much of both is guidance without the picture between.
    #expect(distance(try guided(3, 3), none + 3 * (both - none)) < 1e-13)
  }

  @Test("estimates that do not count are not made")
  func branches() throws {
    func branches(_ instruction: Double, _ picture: Double) -> [InstructionScales.Branch] {
      InstructionScales(instruction: instruction, picture: picture).branches
    }
    #expect(branches(1, 1) == [.both])
    #expect(branches(7.5, 1) == [.picture, .both])
    #expect(branches(2, 2) == [.neither, .both])
    #expect(branches(7.5, 1.5) == [.neither, .picture, .both])
    #expect(branches(0, 1) == [.picture, .both])
    #expect(distance(try guided(1, 1), try estimate(.both)) == 0)
    #expect(distance(try guided(0, 1), try estimate(.picture)) < 1e-15)
    #expect(distance(try guided(0, 0), try estimate(.neither)) < 1e-15)
  }

  @Test("fully rescaled, what the network outputs has the deviation that it has of both")
  func rescaled() throws {
    func deviation(_ x0: Tensor) -> Tensor {
      PredictionType.v.output(x0: x0, epsilon: level.epsilon(in: x, of: x0), at: level)
        .variance(dims: [1, 2])
    }
    let held = try guided(7.5, 1.5, rescale: 1, space: .v)
    #expect(distance(deviation(held), deviation(try estimate(.both))) < 1e-12)
    #expect(distance(held, try guided(7.5, 1.5)) > 0.1)
  }
}
