import Diffusion
import Foundation
import TestSupport
import Testing
import Torch

@testable import Models

/// A clip that diffusers' `WanPipeline` made of the small networks; see `wan_pipeline.py`.
@Suite struct WanTests {
  private let golden: Golden
  private let wan: Wan

  init() throws {
    golden = try Golden("golden.safetensors")
    wan = Wan(
      autoencoder: try WanAutoencoder(folder: Golden.file("../WanAutoencoder/tiny")),
      transformer: try WanTransformer(folder: Golden.file("../WanTransformer/text")))
  }

  @Test("from equal noise, every step and the clip are those of WanPipeline")
  func pipeline() throws {
    let schedule = try WanSchedule(shift: 3)
    let denoiser = wan.denoiser(
      try golden["text"], negative: try golden["negative"], guidanceScale: 5, schedule: schedule)
    let steps = try golden["steps"]
    var tail: Tensor?
    let x0 = try UniPC().sample(
      try golden["x"], over: schedule.levels(5), denoiser: denoiser, noise: NoiseSource(seeds: [0])
    ) { step in
      // What diffusers has after a step is not corrected yet, as here.
      let expected = steps.selected(dim: 0, index: step.index - 1)
      #expect(relativeDistance(step.x, expected) < 2e-4, "step \(step.index)")
      tail = step.x
    }
    #expect(distance(x0, try #require(tail)) == 0)
    let clip = try checked { wan.clip(x0) }
    // The pipeline gives frames before channels, in [0, 1].
    let shown = (clip + 1).permuted(0, 2, 1, 3, 4) / 2
    #expect(distance(shown, try golden["clip"]) < 1e-3)
  }

  @Test("the timesteps are whole, as the network was trained to be told them")
  func timesteps() throws {
    let schedule = try WanSchedule(shift: 3)
    let levels = try schedule.levels(5)
    let expected = try golden["timesteps"].values(as: Double.self)
    #expect(levels.dropLast().map { schedule.timestep(at: $0) } == expected)
    #expect(levels.last == .clean)
    #expect(throws: ScheduleError.steps(found: 0, allowed: 1...999)) { try schedule.levels(0) }
    #expect(throws: ScheduleError.self) { try WanSchedule(shift: 0) }
  }

  @Test("without what is not wanted there is no guidance")
  func unguided() throws {
    let schedule = try WanSchedule()
    let (x, text) = (try golden["x"], try golden["text"])
    let level = try schedule.levels(5)[1]
    let alone = wan.denoiser(text, negative: nil, guidanceScale: 5, schedule: schedule)
    let same = wan.denoiser(text, negative: text, guidanceScale: 5, schedule: schedule)
    let (a, b) = try checked { (try alone(x, at: level), try same(x, at: level)) }
    #expect(relativeDistance(a, b) < 1e-5)
  }
}
