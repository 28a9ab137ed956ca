import Diffusion
import Foundation
import TestSupport
import Testing
import Torch
import Verification

/// A mixture's closed forms.
@Suite struct NormalMixtureTests {
  @Test("the example's flow takes quantiles where they are known to be")
  func flow() {
    let starts = [
      -131.529478936336, -61.7080651266231, -18.1308453064505, 26.6265305529669, 86.5111883940126,
      150.557027783783,
    ]
    let ends = [
      -1.69349400595369, -1.37541036005043, -0.0202720374626232, 0.39436445221742,
      1.94754990557389, 2.1036641289821,
    ]
    for (found, expected) in zip(FlowCase.example.starts, starts) {
      #expect(abs(found - expected) < 1e-11)
    }
    for (found, expected) in zip(FlowCase.example.ends, ends) {
      #expect(abs(found - expected) < 1e-13)
    }
  }

  @Test("mean, variance and entropy are the known ones")
  func moments() throws {
    #expect(abs(NormalMixture.example.mean - 0.075) < 1e-15)
    #expect(abs(NormalMixture.example.entropy - 1.411518610363) < 1e-11)
    let normal = try NormalMixture(weights: [1], means: [3], deviations: [0.5])
    #expect(abs(normal.entropy - 1.047095585180641) < 1e-12)
    #expect(normal.variance == 0.25)
  }

  @Test("the estimate is the posterior's mean, as a sum over clean samples finds it")
  func estimate() {
    let mixture = NormalMixture.example
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    let places = (-4000...4000).map { Double($0) / 1000 }
    for x in [-1.4, 0.1, 2.5] {
      let weights = places.map { place in
        let z = (x - level.alpha * place) / level.sigma
        return mixture.density(place) * exp(-z * z / 2)
      }
      let mean = zip(places, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
      #expect(abs(mixture(Tensor([x]), at: level).item() - mean) < 1e-9)
    }
    let many = mixture(Tensor([-1.4, 0.1, 2.5, 0], shape: [2, 2]), at: level)
    #expect(many.shape == [2, 2])
  }

  @Test("a quantile is where its share is below")
  func quantiles() {
    let mixture = NormalMixture.example
    for share in [0.001, 0.3, 0.5, 0.99] {
      for sigma in [0.0, 0.3, 80] {
        let level = NoiseLevel(alpha: 1, sigma: sigma)
        let place = mixture.quantile(share, at: level)
        #expect(abs(mixture.share(below: place, at: level) - share) < 1e-12)
      }
    }
  }

  @Test("another mixture's flow is in units of its deviation, and away from its gaps")
  func standardized() throws {
    let mixture = try NormalMixture(
      weights: [0.5, 0.5], means: [1000, 1040], deviations: [1, 2])
    let flow = FlowCase(of: mixture)
    #expect(abs(flow.mixture.mean) < 1e-12)
    #expect(abs(flow.mixture.variance - 1) < 1e-12)
    #expect(Set(flow.ends).count == 6)
    #expect(flow.ends.allSatisfy { abs(abs($0) - 1) < 0.4 })
    #expect(zip(flow.ends, flow.ends.dropFirst()).allSatisfy { $0 < $1 })
  }
}

/// Files of mixtures, hostile ones too.
@Suite struct MixtureFileTests {
  private static let sound = #"{"weights": [0.4, 0.6], "means": [-1, 2], "deviations": [0.5, 1]}"#

  @Test("a mixture is read, and written again as it was")
  func roundTrip() throws {
    let mixture = try NormalMixture(json: Data(Self.sound.utf8), file: "m.json")
    #expect(mixture.weights == [0.4, 0.6] && mixture.means == [-1, 2])
    #expect(mixture.deviations == [0.5, 1])
    let again = try NormalMixture(json: JSONEncoder().encode(mixture), file: "m.json")
    #expect(again == mixture)
  }

  @Test(
    "what is wrong is said with the file and the key",
    arguments: [
      (#"{"weights": [1], "means": [0]}"#, "deviations: expected a list of numbers, found no"),
      (#"{"weights": 1, "means": [0], "deviations": [1]}"#, "weights: expected a list of finite"),
      (#"{"weights": ["a"], "means": [0], "deviations": [1]}"#, "weights: expected a list of fi"),
      (#"{"weights": [1], "means": [null], "deviations": [1]}"#, "means: expected a list of fi"),
      (#"{"weights": [1], "means": [0, 1], "deviations": [1]}"#, "found 1, 2 and 1 numbers"),
      (#"{"weights": [], "means": [], "deviations": []}"#, "expected 1 to 16 numbers, found 0"),
      (#"{"weights": [0.5, 0.6], "means": [0, 1], "deviations": [1, 1]}"#, "found a sum of 1.1"),
      (#"{"weights": [1.5, -0.5], "means": [0, 1], "deviations": [1, 1]}"#, "weights[1]: exp"),
      (#"{"weights": [1, 0], "means": [0, 1], "deviations": [1, 1]}"#, "weights[1]: expected a"),
      (#"{"weights": [1], "means": [0], "deviations": [0]}"#, "deviations[0]: expected a number"),
      (#"{"weights": [1], "means": [0], "deviations": [-1]}"#, "deviations[0]: expected a numb"),
      (#"{"weights": [1], "means": [1e200], "deviations": [1]}"#, "means[0]: expected a number"),
      (
        #"{"weights": [0.5, 0.5], "means": [0, 1], "deviations": [1, 1e-9]}"#,
        "deviations[1]: expected at least"
      ),
      (#"{"weights": [1], "means": [0], "deviations": [1], "n": 1}"#, "n: expected only the keys"),
      ("[1, 2]", "expected a JSON object"), ("", "expected a JSON object"),
      ("{\"weights\": [1", "expected a JSON object"), ("\u{0}", "expected a JSON object"),
    ])
  func hostile(text: String, expected: String) {
    let error = #expect(throws: MixtureError.self) {
      try NormalMixture(json: Data(text.utf8), file: "m.json")
    }
    let description = error?.description ?? ""
    #expect(description.hasPrefix("m.json: "), "\(description)")
    #expect(description.contains(expected), "\(description)")
  }

  @Test("numbers that JSON cannot hold are refused from code, too")
  func notFinite() {
    let error = #expect(throws: MixtureError.self) {
      try NormalMixture(weights: [1], means: [.nan], deviations: [1])
    }
    #expect(error?.description.hasPrefix("means[0]: expected a number within") == true)
    #expect(throws: MixtureError.self) {
      try NormalMixture(weights: [.infinity], means: [0], deviations: [1])
    }
    #expect(throws: MixtureError.self) {
      try NormalMixture(weights: [1], means: [0], deviations: [.nan])
    }
    let many = [Double](repeating: 1, count: 17)
    #expect(throws: MixtureError.components(17)) {
      try NormalMixture(weights: many, means: many, deviations: many)
    }
  }

  @Test("a file that is not there is named")
  func missing() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: MixtureError.self) {
      try NormalMixture(contentsOf: folder.file("none.json"))
    }
    #expect(
      error?.description.hasPrefix(folder.file("none.json").path(percentEncoded: false)) == true)
    try folder.write(Self.sound.utf8, to: "m.json")
    #expect(try NormalMixture(contentsOf: folder.file("m.json")).means == [-1, 2])
  }
}
