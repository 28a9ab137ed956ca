import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import CLI
@testable import Inkwell

extension ThreadedTests {
  /// Pictures of networks that run compiled.
  @Suite struct EngineTests {
    let folder: TemporaryFolder
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)

    init() throws { folder = try TemporaryFolder() }

    private func workshop(_ engine: Engine?) -> Workshop {
      var workshop = Workshop()
      workshop.run.engine = engine
      return workshop
    }

    private func request(count: Int = 1) throws -> Generate.Request {
      try Generate.Request(
        prompts: ["a red apple"], model: model, count: count, seed: 7,
        options: Generate.Options(steps: 4))
    }

    /// The greatest difference of two pictures' bytes.
    private func difference(_ a: Image, _ b: Image) -> Int {
      guard a.pixels.count == b.pixels.count else { return 255 }
      return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
    }

    @Test("a compiled picture is the eager one to a 255th, and is made again to the byte")
    func pictures() async throws {
      let eager = try #require(try await Generate(workshop(.eager))(request()).images().first)
      #expect(eager.provenance.engine == nil)
      let native = try #require(try await Generate(workshop(nil))(request()).images().first)
      #expect(native.provenance.engine == .native)
      #expect(difference(native.image, eager.image) <= 1)
      var (notes, made) = ([String](), [MadePicture<Generate.Request>]())
      for try await event in Generate(workshop(.compiled))(try request(count: 2)) {
        switch event {
        case .uncompiled(let reason): notes.append(reason)
        case .image(let picture): made.append(picture)
        default: break
        }
      }
      #expect(notes.isEmpty)
      #expect(made.count == 2)
      #expect(difference(made[0].image, eager.image) <= 1)
      #expect(difference(made[1].image, eager.image) > 1)
      #expect(made.allSatisfy { $0.provenance.engine == .compiled })
      let file = folder.file("compiled.png")
      let hash = try made[1].save(to: file)
      #expect(try Provenance(contentsOf: file).engine == .compiled)
      let again = try #require(
        try await Regenerate()(
          Regenerate.Request(file: file.path(percentEncoded: false), model: model)
        ).images().first)
      #expect(try again.save(to: folder.file("again.png")) == hash)
    }

    @Test("the repository's own model is compiled too")
    func own() async throws {
      let request = try Generate.Request(
        prompts: ["red apple"], model: "inkwell-emoji", seed: 1, options: Generate.Options(steps: 2)
      )
      var images: [Image] = []
      for engine in Engine.allCases {
        for try await event in Generate(workshop(engine))(request) {
          switch event {
          case .uncompiled(let reason): Issue.record("\(reason)")
          case .image(let picture): images.append(picture.image)
          default: break
          }
        }
      }
      #expect(images.count == 3)
      for image in images { #expect(difference(image, images[0]) <= 1) }
    }

    @Test("only the eager engine leaves our own kernels out")
    func kernels() {
      let generator = Generator(seed: 8)
      let (x, weight) = (generator.normal([1, 16, 12, 12]), generator.normal([16, 16, 3, 3]))
      let expected = x.conv2d(weight, padding: [1, 1])
      for engine in Engine.allCases {
        let found = withoutGradients {
          engine.running { x.convolved(by: weight, padding: (1, 1)) }
        }
        #expect((distance(found, expected) == 0) == (engine == .eager))
      }
    }

    @Test(
      "pictures in bfloat16 are those in float32 to its rounding, and are made again to the byte",
      arguments: ["inkwell-emoji", nil])
    func halves(own: String?) async throws {
      let model = own ?? self.model
      func picture(
        _ precision: Precision?, _ engine: Engine? = nil
      ) async throws -> MadePicture<Generate.Request> {
        var options = Generate.Options(steps: 4)
        options.precision = precision
        let request = try Generate.Request(
          prompts: ["a red apple"], model: model, seed: 7, options: options)
        return try #require(try await Generate(workshop(engine))(request).images().first)
      }
      let whole = try await picture(nil)
      let half = try await picture(.bfloat16)
      #expect(try await difference(picture(.float32).image, whole.image) == 0)
      // Eight bits of each number: a few of the 255 levels of a colour, and not none.
      let away = difference(half.image, whole.image)
      #expect((1...24).contains(away), "\(away)")
      #expect(try await difference(picture(.bfloat16, .eager).image, half.image) <= 24)
      let file = folder.file("half.png")
      let hash = try half.save(to: file)
      #expect(try Provenance(contentsOf: file).request.options.precision == .bfloat16)
      let again = try #require(
        try await Regenerate()(
          Regenerate.Request(file: file.path(percentEncoded: false), model: model)
        ).images().first)
      #expect(try again.save(to: folder.file("again.png")) == hash)
    }

    @Test("pictures in 8 bits are near, where the processor has them, and refused elsewhere")
    func wholeNumbers() async throws {
      func picture(_ precision: Precision, _ engine: Engine? = nil) async throws -> Image? {
        var options = Generate.Options(steps: 4)
        options.precision = precision
        let request = try Generate.Request(
          prompts: ["a red apple"], model: "inkwell-emoji", seed: 7, options: options)
        return try await Generate(workshop(engine))(request).images().first?.image
      }
      let refusal = #expect(throws: GenerateError.self) { try Precision.int8.check(.eager) }
      #expect(refusal?.description.contains("without AMX") == true)
      guard TileWeight.isHere else {
        await #expect(throws: refusal ?? GenerateError.unknownSetting("", of: "")) {
          try await picture(.int8)
        }
        return
      }
      let (whole, rounded) = (try await picture(.float32), try await picture(.int8))
      let away = zip(try #require(whole).pixels, try #require(rounded).pixels).map {
        (Double($0) - Double($1)) * (Double($0) - Double($1))
      }
      let error = away.reduce(0, +) / Double(away.count)
      // 20 dB and more, and not the same picture.
      #expect(error > 0 && error < 255 * 255 / 100, "\(error)")
    }

    @Test("bfloat16 is refused with compiled networks")
    func compiledHalves() async throws {
      var options = Generate.Options(steps: 2)
      options.precision = .bfloat16
      let request = try Generate.Request(
        prompts: ["a red apple"], model: model, seed: 7, options: options)
      await #expect(throws: GenerateError.unknownSetting("bfloat16", of: "compiled networks")) {
        try await Generate(workshop(.compiled))(request).images()
      }
    }

    @Test("a limit of memory is refused with compiled networks")
    func limits() async throws {
      var workshop = workshop(.compiled)
      workshop.run.memoryLimit = 100_000_000_000
      let refusal = GenerateError.unknownSetting("max memory", of: "compiled networks")
      await #expect(throws: refusal) {
        try await Generate(workshop)(try request()).images()
      }
    }

    @Test("steps that do not compute all are not compiled, and refused with compiled networks")
    func caches() throws {
      var run = RunSettings()
      var cached = Generate.Options()
      cached.cache = Generate.StepCache(interval: 2)
      func engine() throws -> Engine { try run.chosenEngine(with: cached) }
      #expect(try engine() == .native)
      run.engine = .eager
      #expect(try engine() == .eager)
      run.engine = .compiled
      #expect(try run.chosenEngine(with: Generate.Options()) == .compiled)
      let refusal = GenerateError.unknownSetting("cache interval", of: "compiled networks")
      #expect(throws: refusal) { try engine() }
      cached.cache = Generate.StepCache(threshold: 0.1)
      #expect(throws: GenerateError.unknownSetting("cache threshold", of: "compiled networks")) {
        try engine()
      }
      // A network that is kept whole runs as it is.
      cached.cache = Generate.StepCache(threshold: 0.1, kept: .whole)
      #expect(try engine() == .compiled)
      var merging = Generate.Options()
      merging.mergedTokens = 0.5
      #expect(throws: GenerateError.unknownSetting("merge tokens", of: "compiled networks")) {
        try run.chosenEngine(with: merging)
      }
    }

    @Test("a plan counts the weights of what is compiled twice")
    func plans() throws {
      let source = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1"))
      var options = Generate.Options()
      options.take(try source.settings)
      var needs = try source.memory(MemoryDemand(options, size: 16))
      let plain = needs.peak(MemorySaving(), pictures: 1, resident: 0)
      needs.isCompiled = true
      let weights = try [.denoiser, .autoencoder].map {
        WeightMemory(try #require(needs.networks[$0]).weights)
      }
      let more = weights.reduce(0) { $0 + $1.held + $1.mapped }
      #expect(more > 0)
      let peak = needs.peak(MemorySaving(), pictures: 1, resident: 0)
      // What the allocator wastes, a sixteenth, is rounded once.
      #expect(abs(peak - (plain + more + more / 16)) <= 1)
    }

    @Test("an engine that is not installed is an error that says why")
    func absence() throws {
      let reason = "OpenVINO's runtime is not there: no such file"
      #expect(
        throws: GenerateError.value(
          "engine", expected: "one that is installed, such as eager", found: reason)
      ) { try Engine.compiled.check(absence: reason) }
      try Engine.eager.check(absence: reason)
      try Engine.compiled.check(absence: nil)
    }

    @Test("a sheet's pictures are compiled, and so it is made again")
    func sheets() async throws {
      let request = try Grid.Request(
        drawing: try request(), columns: Grid.Axis("seed=1,2"))
      func sheet(_ engine: Engine?) async throws -> MadePicture<Grid.Request> {
        try #require(try await sheets(of: Grid(workshop(engine))(request)).first)
      }
      let (eager, compiled) = (try await sheet(.eager), try await sheet(.compiled))
      #expect(eager.provenance.engine == nil && compiled.provenance.engine == .compiled)
      #expect(difference(eager.image, compiled.image) <= 1)
      let file = folder.file("sheet.png")
      let hash = try compiled.save(to: file)
      let again = try #require(
        try await sheets(
          of: Grid(workshop(nil))(
            Regenerate.Request(file: file.path(percentEncoded: false), model: model))
        ).first)
      #expect(try again.save(to: folder.file("again.png")) == hash)
    }

    private func sheets(
      of events: AsyncThrowingStream<PictureEvent<Grid.Request>, any Error>
    ) async throws -> [MadePicture<Grid.Request>] {
      var sheets: [MadePicture<Grid.Request>] = []
      for try await case .image(let sheet) in events { sheets.append(sheet) }
      return sheets
    }

    @Test("the flag names an engine, or says which there are")
    func flag() throws {
      #expect(try Engine.argument("compiled") == .compiled)
      #expect {
        try Engine.argument("fast")
      } throws: {
        "\($0)".contains("expected one of native, eager, compiled, found \"fast\"")
      }
    }
  }
}
