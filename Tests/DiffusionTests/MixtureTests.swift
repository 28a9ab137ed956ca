import Diffusion
import Foundation
import Testing
import Torch
import Verification

/// In one dimension the probability flow keeps quantiles, so its solution is known exactly.
@Suite struct MixtureTests {
  static let shares = [0.05, 0.22, 0.41, 0.63, 0.86, 0.97]
  static let starts = [
    -131.529478936336, -61.7080651266231, -18.1308453064505, 26.6265305529669, 86.5111883940126,
    150.557027783783,
  ]
  static let ends = [
    -1.69349400595369, -1.37541036005043, -0.0202720374626232, 0.39436445221742, 1.94754990557389,
    2.1036641289821,
  ]
  static let points = [18, 40, 80, 160, 320, 640, 1280]

  @Test("start and end are the same quantile of the noisy data")
  func quantiles() {
    let mixture = NormalMixture.example
    for (share, (start, end)) in zip(Self.shares, zip(Self.starts, Self.ends)) {
      let first = NoiseLevel(alpha: 1, sigma: 80)
      let last = NoiseLevel(alpha: 1, sigma: 0.002)
      #expect(abs(mixture.share(below: start, at: first) - share) < 1e-14)
      #expect(abs(mixture.share(below: end, at: last) - share) < 1e-13)
    }
  }

  @Test(
    "the error over Karras' levels is that of k-diffusion's formulas, to four digits",
    arguments: [
      ("euler", [9.013e-2, 3.172e-2, 1.487e-2, 7.230e-3, 3.568e-3, 1.773e-3, 8.835e-4]),
      ("ddim", [9.013e-2, 3.172e-2, 1.487e-2, 7.230e-3, 3.568e-3, 1.773e-3, 8.835e-4]),
      ("heun", [2.412e-2, 3.878e-3, 8.875e-4, 2.128e-4, 5.215e-5, 1.291e-5, 3.212e-6]),
      ("dpmpp-2m", [3.945e-2, 4.775e-3, 1.016e-3, 2.372e-4, 5.745e-5, 1.414e-5, 3.510e-6]),
    ])
  func errors(name: String, expected: [Double]) throws {
    for (count, expected) in zip(Self.points, expected) {
      let lastDigit = pow(10, floor(log10(expected)) - 3)
      #expect(abs(try error(name, count) - expected) <= 0.5001 * lastDigit, "\(count) points")
    }
  }

  @Test(
    "the measured order is the declared one", arguments: ["euler", "ddim", "heun", "dpmpp-2m"])
  func order(name: String) throws {
    let measured = log2(try error(name, 640) / error(name, 1280))
    #expect(abs(measured - Double(try Samplers.named(name).order)) < 0.02)
  }

  private func error(_ name: String, _ count: Int) throws -> Double {
    let x = try Samplers.named(name).sample(
      Tensor(Self.starts), over: karrasLevels(count), denoiser: NormalMixture.example,
      noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
    let squares = zip(x.values(as: Double.self), Self.ends).map { ($0 - $1) * ($0 - $1) }
    return (squares.reduce(0, +) / 6).squareRoot()
  }
}
