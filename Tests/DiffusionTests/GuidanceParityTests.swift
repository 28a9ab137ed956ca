import Diffusion
import Foundation
import Testing
import Torch

/// diffusers' guiders on the same estimates, in float64.
@Suite struct GuidanceParityTests {
  private struct Fixture: Decodable {
    struct Case: Decodable {
      let name: String
      let steps: [[Double]]
    }

    struct Held: Decodable {
      let quantile: Double
      let limit: Double
      let shape: [Int]
      let x0: [Double]
      let held: [Double]
    }

    struct Frequencies: Decodable {
      struct Case: Decodable {
        let scales: [Double]
        let parallel: Double
        let guided: [Double]
      }

      let shape: [Int]
      let cond: [Double]
      let uncond: [Double]
      let cases: [Case]
    }

    struct Blur: Decodable {
      let shape: [Int]
      let x: [Double]
      let blurred: [Double]
    }

    let shape: [Int]
    let cond: [[Double]]
    let uncond: [[Double]]
    let worse: [[Double]]
    let cases: [Case]
    let thresholds: [Held]
    let blur: Blur
    let frequencies: Frequencies
  }

  private let fixture: Fixture

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "guidance.json")
    fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file))
  }

  private func tensor(_ values: [Double]) -> Tensor { Tensor(values, shape: fixture.shape) }

  static let guiders: [(name: String, make: @Sendable () -> any Guidance)] = [
    ("cfg", { LinearGuidance(scale: 7.5) }),
    ("cfg-rescaled", { RescaledGuidance(LinearGuidance(scale: 7.5), factor: 0.7) }),
    (
      "cfg-zero-star",
      { ZeroStarGuidance(scale: 4, zeroDownTo: NoiseLevel(alpha: 1, sigma: 8)) }
    ),
    ("tcfg", { TangentialGuidance(scale: 5) }),
    ("mambo-g", { MagnitudeAwareGuidance(scale: 10, decay: 0.8) }),
    ("apg", { ProjectedGuidance(scale: 7) }),
    ("apg-norm", { ProjectedGuidance(scale: 7, parallel: 0.3, maximumNorm: 1.5) }),
    (
      "apg-mix",
      {
        ProjectedMixGuidance(
          scale: 4.5,
          projected: ProjectedGuidance(scale: 7, maximumNorm: 2.5, momentum: -0.5),
          from: NoiseLevel(alpha: 1, sigma: 6))
      }
    ),
    ("apg-momentum", { ProjectedGuidance(scale: 7, maximumNorm: 2.5, momentum: -0.5) }),
  ]

  /// The rules act on estimates, whatever those are of: the levels only tell the steps apart.
  @Test("each rule is the guider of its name", arguments: guiders.map(\.name))
  func rules(name: String) throws {
    let rule = try #require(Self.guiders.first { $0.name == name }).make()
    let expected = try #require(fixture.cases.first { $0.name == name })
    for (index, expected) in expected.steps.enumerated() {
      let guided = rule.combine(
        cond: tensor(fixture.cond[index]), uncond: tensor(fixture.uncond[index]),
        at: NoiseLevel(alpha: 1, sigma: Double(8 - 2 * index)))
      #expect(distance(guided, tensor(expected)) < 1e-12, "step \(index)")
    }
  }

  /// A strength of 2.8 that diffusers adds is a scale of 3.8 here, but without a prompt's guidance
  /// diffusers counts it as ours.
  @Test(
    "guidance away from worse versions is the guiders' of those kinds",
    arguments: [
      ("auto", nil, 2.5), ("skip-layer", 5, 3.8), ("perturbed", 5, 3.8), ("smoothed", 5, 3.8),
      ("perturbed-alone", nil, 2.8),
    ] as [(String, Double?, Double)])
  func away(name: String, prompt: Double?, scale: Double) throws {
    let expected = try #require(fixture.cases.first { $0.name == name })
    for (index, expected) in expected.steps.enumerated() {
      func constant(_ values: [Double]) -> FunctionDenoiser {
        let x0 = tensor(values)
        return FunctionDenoiser { _, _ in x0 }
      }
      let guided = GuidedAway(
        constant(fixture.cond[index]),
        from: [
          .init(constant(fixture.uncond[index]), scale: prompt ?? 1),
          .init(constant(fixture.worse[index]), scale: scale),
        ])
      let x0 = try guided(tensor(expected), at: NoiseLevel(alpha: 1, sigma: 1))
      #expect(distance(x0, tensor(expected)) < 1e-13, "step \(index)")
    }
  }

  @Test("guidance by frequencies is diffusers' by kornia's pyramid")
  func frequencies() {
    let golden = fixture.frequencies
    let (cond, uncond) = (
      Tensor(golden.cond, shape: golden.shape), Tensor(golden.uncond, shape: golden.shape)
    )
    for expected in golden.cases {
      let rule = FrequencyGuidance(scales: expected.scales, parallel: expected.parallel)
      let guided = rule.combine(
        cond: cond, uncond: uncond, at: NoiseLevel(alpha: 1, sigma: 1))
      #expect(distance(guided, Tensor(expected.guided, shape: golden.shape)) < 1e-12)
    }
  }

  @Test("dynamic thresholds are those of diffusers' schedulers")
  func thresholds() throws {
    for held in fixture.thresholds {
      let denoiser = Thresholded(
        FunctionDenoiser { x, _ in x }, .dynamic(quantile: held.quantile, limit: held.limit))
      let x0 = try denoiser(
        Tensor(held.x0, shape: held.shape), at: NoiseLevel(alpha: 1, sigma: 1))
      #expect(distance(x0, Tensor(held.held, shape: held.shape)) < 1e-14, "\(held.quantile)")
      #expect(x0.absolute().maximum().item() <= 1)
    }
  }

  @Test("the blur of self-attention guidance is that of diffusers' pipeline")
  func blur() {
    let blurred = gaussianBlur(
      Tensor(fixture.blur.x, shape: fixture.blur.shape), deviation: 1)
    #expect(distance(blurred, Tensor(fixture.blur.blurred, shape: fixture.blur.shape)) < 1e-14)
  }
}
