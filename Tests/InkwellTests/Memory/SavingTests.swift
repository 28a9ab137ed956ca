import Checkpoints
import Foundation
import Modalities
import Synchronization
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// Pictures that are made with less memory.
  @Suite struct SavingTests {
    let folder: TemporaryFolder
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws { folder = try TemporaryFolder() }

    private func request(model: String? = nil) throws -> Generate.Request {
      try Generate.Request(
        prompts: ["a red apple"], model: model ?? self.model, seed: 7,
        options: Generate.Options(steps: 4))
    }

    private func made(
      _ saving: MemorySaving?, model: String? = nil
    ) async throws -> MadePicture<Generate.Request> {
      var workshop = Workshop()
      workshop.run.saving = saving
      let generate = Generate(workshop)
      return try #require(
        try await generate(request(model: model)).images().first)
    }

    private func saving(_ change: (inout MemorySaving) -> Void) -> MemorySaving {
      var saving = MemorySaving()
      change(&saving)
      return saving
    }

    @Test("one part at a time, and half precision of files in half precision, change no byte")
    func exact() async throws {
      let plain = try await made(nil)
      #expect(plain.provenance.memory == nil)
      let parts = try await made(saving { $0.isOneAtATime = true })
      #expect(parts.image == plain.image && parts.provenance.memory == nil)
      let half = saving {
        $0.isHalf = true
        $0.isOneAtATime = true
      }
      let halved = try await made(half)
      #expect(halved.image == plain.image && halved.provenance.memory == half)
    }

    @Test("a model rests while another refines, and that one rests when it is done")
    func turns() throws {
      let events = Mutex<[String]>([])
      @Sendable func note(_ event: String) { events.withLock { $0.append(event) } }
      var model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var parts = ResidentParts(saving { $0.isOneAtATime = true })
      parts.add(.denoiser) { note("denoiser rests") }
      model.parts = parts
      let settings = SamplingSettings(steps: 4, guidance: 1, sampler: "ddim")
      var batch = try model.batch(
        ["a red apple"], seeds: [7], drawing: Drawing(settings: settings, size: 16))
      let (encoded, own) = (batch, model)
      batch.refinement = Refinement(
        from: 0.5, cutoff: 500,
        network: { _, plan in
          note("refiner comes")
          return try own.denoiser(encoded, plan: plan, extra: nil)
        }, rest: { note("refiner rests") })
      _ = try model.latents(batch) { _ in note("step") }
      #expect(
        events.withLock { $0 } == [
          "step", "step", "denoiser rests", "refiner comes", "step", "step", "refiner rests",
        ])
    }

    @Test("in strips a pixel is a 255th off at most, and the picture is made again to the byte")
    func strips() async throws {
      let plain = try await made(nil)
      let strips = try await made(saving { $0.inStrips = true })
      let off = zip(plain.image.pixels, strips.image.pixels).map { abs(Int($0) - Int($1)) }.max()
      #expect(off ?? 255 <= 1)
      #expect(strips.provenance.memory?.inStrips == true)
      let file = folder.file("strips.png")
      let hash = try strips.save(to: file)
      let again = try #require(
        try await Regenerate()(
          Regenerate.Request(file: file.path(percentEncoded: false), model: model)
        ).images().first)
      #expect(try again.save(to: folder.file("again.png")) == hash)
    }

    @Test("a limit is kept to by a plan that is told, and one that cannot be is refused")
    func limits() async throws {
      func plan(_ limit: Int?, model: String? = nil) async throws -> MemoryPlan? {
        var workshop = Workshop()
        workshop.run.memoryLimit = limit
        let generate = Generate(workshop)
        for try await case .planned(let plan) in generate(try request(model: model)) {
          return plan
        }
        return nil
      }
      let free = try #require(try await plan(nil))
      #expect(free.saving == MemorySaving() && free.batchSize == 1)
      #expect(free.peak > MemoryNeeds.libraries)
      let wide = try #require(try await plan(free.peak + 100_000_000))
      #expect(wide.saving == MemorySaving())
      await #expect(throws: MemoryError.self) { try await plan(1000) }
      // The models of other families are as they are.
      let small = try #require(try await plan(nil, model: "inkwell-emoji"))
      #expect(small.saving == MemorySaving() && small.peak > MemoryNeeds.libraries)
      await #expect(throws: MemoryError.self) { try await plan(1000, model: "inkwell-emoji") }
      #expect(Failure(MemoryError.tooLittle(least: 2, limit: 1)) == .memory)
    }

    @Test("what inspecting a model says of its memory is what a run expects of it")
    func inspection() throws {
      let drawing = try #require(try InspectModel(path: model)().drawing)
      #expect(drawing.size == 16 && drawing.least <= drawing.peak)
      let source = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1"))
      var options = Generate.Options()
      options.take(try source.settings)
      let needs = try source.memory(MemoryDemand(options, size: 16))
      let program = MemoryNeeds.program
      #expect(drawing.peak == needs.peak(MemorySaving(), pictures: 1, resident: program))
      #expect(
        drawing.least
          == MemorySaving.all().map { needs.peak($0, pictures: 1, resident: program) }.min())
      let lines = "\(try InspectModel(path: model)())"
      #expect(lines.contains("a picture of 16 pixels needs about"))
      #expect(try InspectModel(path: model + "/vae")().drawing == nil)
      // Of a model that cannot be saved, nothing is said of a limit.
      let emoji = try ModelLibrary.standard.model("inkwell-emoji").url
      let small = "\(try InspectModel(path: emoji.path(percentEncoded: false))())"
      #expect(small.contains("a picture of 64 pixels needs about"))
      #expect(!small.contains("--max-memory"))
    }
  }
}
