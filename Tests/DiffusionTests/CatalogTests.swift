import Diffusion
import Testing

@Suite struct CatalogTests {
  @Test("names are unique and lead to their entries")
  func names() throws {
    let samplers = Samplers.all.map(\.name)
    #expect(Set(samplers).count == samplers.count)
    #expect(samplers.allSatisfy { $0.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" } })
    #expect(try Samplers.named("heun") is Heun)
    let schedules = Schedules.all.map(\.name)
    #expect(
      schedules == [
        "linear", "scaled-linear", "cosine", "sigmoid", "laplace", "constant-beta",
        "zero-terminal", "vp", "vp-cosine", "sub-vp", "ve", "exponential", "polyexponential",
        "kl-optimal", "karras", "flow", "flow-beta", "flow-logit-normal", "flow-linear-quadratic",
      ])
    #expect(try Spacings.named("karras") == .karras())
    #expect(Set(Spacings.all.map(\.item)).count == Spacings.all.count)
    #expect(Processes.all.map(\.name) == ["vp", "vp-cosine", "sub-vp", "ve", "edm", "flow"])
    #expect(try Processes.named("flow") is FlowProcess)
    #expect(throws: CatalogError.self) { try Spacings.named("watermelon") }
    #expect(throws: CatalogError.self) { try Processes.named("watermelon") }
    #expect(try Schedules.named("flow") is FlowSchedule)
    #expect(Samplers.all.allSatisfy { !$0.summary.isEmpty })
  }

  @Test(
    "an unknown sampler names the nearest ones",
    arguments: [
      ("dpmpp2m", "dpmpp-2m"), ("Euler", "euler"), ("hune", "heun"), ("dpmpp", "dpmpp-2m"),
      ("ddmp", "ddpm"), ("DDIM", "ddim"), ("EULER-X", "euler"), ("dpm++2m", "dpmpp-2m"),
    ])
  func nearest(name: String, expected: String) {
    let error = #expect(throws: CatalogError.self) { try Samplers.named(name) }
    #expect(error?.nearest.first == expected)
    #expect(error?.description.contains("Did you mean \(expected)") == true)
    #expect(error?.known.count == Samplers.all.count)
  }

  @Test("a name like none gets the list and no guess")
  func unlike() {
    let error = #expect(throws: CatalogError.self) { try Schedules.named("watermelon") }
    #expect(error?.nearest.isEmpty == true)
    #expect(
      error?.description
        == "there is no schedule \"watermelon\". "
        + "Known: \(Schedules.all.map(\.name).joined(separator: ", ")).")
    #expect(throws: CatalogError.self) { try Samplers.named("") }
  }

  @Test(
    "the edit distance counts insertions, removals, replacements and swaps",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ddmp", "ddpm", 1),
      ("euler", "euler", 0), ("heun", "huen", 1),
    ])
  func distance(a: String, b: String, expected: Int) {
    #expect(editDistance(a, b) == expected)
  }
}
