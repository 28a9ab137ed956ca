import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Pictures of a tiny random model.
  @Suite struct GenerateTests {
    let folder: TemporaryFolder
    let library: ModelLibrary

    init() throws {
      folder = try TinyModel.make()
      library = TinyModel.library(folder)
    }

    private func request(
      _ prompts: [String] = ["a red apple"], count: Int = 1, seed: UInt64 = 7,
      options: Generate.Options = Generate.Options()
    ) throws -> Generate.Request {
      try Generate.Request(
        prompts: prompts, model: "tiny", count: count, seed: seed, options: options)
    }

    /// The largest difference of two pixels, in 255ths.
    private func difference(_ a: Image, _ b: Image) -> Int {
      zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test("steps, time to go, previews and pictures are told in their order")
    func events() async throws {
      var steps: [Int] = []
      var pictures: [Int] = []
      var lastTime = Double.infinity
      for try await event in try Generate(Workshop(library: library, batchSize: 2))(
        request(count: 3))
      {
        switch event {
        case .loading(let model): #expect(model == "tiny" && steps.isEmpty)
        case .planned(let plan):
          #expect(steps.isEmpty && plan.batchSize == 2 && plan.peak > MemoryNeeds.libraries)
        case .explained, .uncompiled: Issue.record("nothing is explained or compiled")
        case .cut: Issue.record("nothing is too long")
        case .step(let step):
          steps.append(step.index)
          lastTime = step.secondsToGo
          #expect(step.count == 3 && step.total == 3)
          #expect(try step.preview.first().width == 16)
        case .image(let picture): pictures.append(picture.index)
        }
      }
      #expect(steps == [1, 2, 3, 1, 2, 3])
      #expect(pictures == [0, 1, 2])
      #expect(lastTime == 0)
    }

    @Test("the article's example writes a picture for each seed")
    func example() async throws {
      let model = folder.file("models/tiny").path(percentEncoded: false)
      let folder = folder.url

      let request = try Generate.Request(
        prompts: ["a red apple"], model: model, count: 2, seed: 7,
        options: Generate.Options(steps: 4))
      for try await event in Generate()(request) {
        switch event {
        case .step(let step): print("\(step.index) of \(step.count), \(step.secondsToGo) s to go")
        case .image(let picture):
          try picture.save(to: folder.appending(path: "\(picture.seed).png"))
        case .loading, .planned, .cut, .explained, .uncompiled: break
        }
      }

      let seeds = try [7, 8].map { try Provenance(contentsOf: folder.appending(path: "\($0).png")) }
      #expect(seeds.map(\.request.seed) == [7, 8])
    }

    @Test("a seed's picture is the same alone, in a batch and with another number of threads")
    func independence() async throws {
      let prompts = ["a red apple", "cat", "", "a green apple green apple"]
      let batch = try await Generate(Workshop(library: library))(request(prompts, count: 2))
        .images()
      #expect(batch.count == 8)
      for picture in batch {
        let alone = try await Generate(Workshop(library: library, threads: 1))(
          request([picture.prompt], seed: picture.seed)
        ).images()
        #expect(difference(picture.image, alone[0].image) <= 1, "\(picture.prompt)")
      }
      // Other seeds and other prompts are other pictures, or the above says nothing.
      #expect(difference(batch[0].image, batch[1].image) > 8)
      let other = try await Generate(Workshop(library: library))(request(["cat"])).images()
      #expect(difference(batch[0].image, other[0].image) > 1)
    }

    @Test("a model's own cache is used and recorded, but not where words are explained")
    func ownCache() async throws {
      let own = Generate.StepCache(interval: 2, order: 1, kept: .whole)
      var packaging = TinyModel.package(folder)
      let plain = try await Generate(Workshop(library: library))(request()).images()[0]
      packaging.about.settings.cache = own
      try packaging()
      let cached = try await Generate(Workshop(library: library))(request()).images()[0]
      #expect(cached.provenance.request.cache == own)
      #expect(difference(cached.image, plain.image) > 0)
      var compiling = Workshop(library: library)
      compiling.run.engine = .compiled
      packaging.about.settings.cache = Generate.StepCache(interval: 2)
      try packaging()
      // The midst of a network is not compiled, whoever asked for it.
      await #expect(throws: GenerateError.unknownSetting("cache interval", of: "compiled networks"))
      {
        try await Generate(compiling)(request()).images()
      }
      var asked = Generate.Options()
      asked.cache = Generate.StepCache(interval: 1)
      let whole = try await Generate(Workshop(library: library))(request(options: asked)).images()[
        0]
      #expect(difference(whole.image, plain.image) == 0)
      var explaining = Workshop(library: library)
      explaining.run.explains = true
      let explained = try await Generate(explaining)(request()).images()[0]
      #expect(difference(explained.image, plain.image) == 0)
    }

    @Test("a picture made again from its file is the same file, wherever it stood in its batch")
    func regenerate() async throws {
      let pictures = try await Generate(Workshop(library: library, batchSize: 3, threads: 2))(
        request(["a red apple", "cat"], count: 2, options: Generate.Options(negative: "green"))
      ).images()
      for picture in pictures {
        let file = folder.file("\(picture.index).png")
        let again = folder.file("\(picture.index)-again.png")
        let hash = try picture.save(to: file)
        let images = try await Regenerate(library: library)(
          Regenerate.Request(file: file.path(percentEncoded: false))
        ).images()
        #expect(images.count == 1 && images[0].provenance == picture.provenance)
        #expect(try images[0].save(to: again) == hash)
        #expect(try Data(contentsOf: file) == Data(contentsOf: again))
      }
    }

    @Test("a file carries the request, the seed, the program and the hash of every weight file")
    func provenance() async throws {
      let file = folder.file("apple.png")
      let made = try await Generate(Workshop(library: library))(
        request(count: 2, options: Generate.Options(negative: "green", size: 32))
      ).images()
      try made[1].save(to: file)
      let provenance = try Provenance(contentsOf: file)
      #expect(provenance == made[1].provenance)
      #expect(provenance.request.seed == 8 && provenance.request.total == 1)
      #expect(provenance.request.steps == 3 && provenance.request.sampler == "dpmpp-2m")
      #expect(provenance.batch == Provenance.Batch(size: 2, place: 1))
      #expect(provenance.program == "inkwell \(Program.version)")
      #expect(provenance.files.count == 8)
      #expect(provenance.files.values.allSatisfy { $0.count == 64 })
      let image = try Image(contentsOf: file)
      #expect(image.width == 32 && image.height == 32)
      let texts = try PNGText.read(from: Data(contentsOf: file))
      let hash = try #require(provenance.files["transformer/diffusion_pytorch_model.safetensors"])
      #expect(
        texts.first { $0.keyword == "parameters" }?.text == """
          a red apple
          Negative prompt: green
          Steps: 3, Sampler: dpmpp-2m, CFG scale: 3.0, Seed: 8, Size: 32x32, \
          Model hash: \(hash.prefix(10)), Model: tiny, Version: inkwell \(Program.version)
          """)
    }

    @Test("a picture is not made again with another model")
    func otherModel() async throws {
      let file = folder.file("apple.png")
      try await Generate(Workshop(library: library))(request()).images()[0].save(to: file)
      let config = folder.file("models/tiny/vae/config.json")
      try (try Data(contentsOf: config) + Data(" ".utf8)).write(to: config)
      let model = folder.file("models/tiny").path(percentEncoded: false) + "/"
      await #expect(
        throws: ProvenanceError.otherModel(folder: model, changed: ["vae/config.json"])
      ) {
        try await Regenerate(library: library)(
          Regenerate.Request(file: file.path(percentEncoded: false))
        ).images()
      }
    }

    @Test("a picture without provenance, and a file that is none, are told apart")
    func foreign() throws {
      let file = folder.file("plain.png")
      try Image(width: 4, height: 4, color: .white).save(to: file)
      #expect(throws: ProvenanceError.none(file: file.path(percentEncoded: false))) {
        try Provenance(contentsOf: file)
      }
      let sound = """
        {"version":1,"program":"inkwell","files":{},"batch":{"size":1,"place":0},"threads":1,\
        "request":{"prompts":["a"],"model":"m","count":1,"seed":1,"size":64}}
        """
      let unsound = [
        ("{}", "empty"), (#"{"version":9}"#, "later"), ("[", "broken"),
        (sound.replacing(#""size":64"#, with: #""size":9000"#), "large"),
        (sound.replacing(#""size":64"#, with: #""sampler":"uler""#), "sampler"),
      ]
      for (text, name) in [(sound, "sound")] + unsound {
        let file = folder.file("\(name).png")
        try Image(width: 4, height: 4, color: .white).save(
          to: file, text: [PNGText(keyword: "inkwell", text: text)])
        if name == "sound" {
          #expect(try Provenance(contentsOf: file).request.size == 64)
        } else {
          let error = #expect(throws: ProvenanceError.self) { try Provenance(contentsOf: file) }
          #expect(error.map { Failure($0) } == .file)
        }
      }
      try folder.write("hello".utf8, to: "hello.png")
      #expect(throws: ProvenanceError.self) { try Provenance(contentsOf: folder.file("hello.png")) }
    }

    @Test("a run that is finished leaves its signal to the next one")
    func signalOfTwoRuns() async throws {
      let stop = StopSignal()
      let generate = Generate(Workshop(library: library))
      for _ in 0..<2 {
        var pictures = 0
        for try await event in try generate(request(), until: stop) {
          if case .image = event { pictures += 1 }
        }
        #expect(pictures == 1 && !stop.isRequested)
      }
    }

    @Test("a stop is heeded after the step, and no picture comes")
    func stop() async throws {
      let stop = StopSignal()
      var steps = 0
      let request = try request(options: Generate.Options(steps: 1000))
      do {
        for try await event in Generate(Workshop(library: library))(request, until: stop) {
          if case .image = event { Issue.record("a stopped run made a picture") }
          guard case .step = event else { continue }
          steps += 1
          if steps == 2 { stop.request() }
        }
        Issue.record("expected the run to end with an error")
      } catch {
        #expect(Failure(error) == .stopped)
      }
      #expect(steps < 1000)
    }

    @Test("a task that no longer reads stops the run")
    func cancellation() async throws {
      let stop = StopSignal()
      let request = try request(options: Generate.Options(steps: 1000))
      let reading = Task { [library] in
        for try await event in Generate(Workshop(library: library))(request, until: stop) {
          if case .step = event { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
      _ = await reading.result
      #expect(stop.isRequested)
    }

    @Test("a prompt that is too long says where it was cut")
    func cut() async throws {
      var cuts: [Generate.Cut] = []
      let long = "a red apple a green apple a cat"
      for try await event in try Generate(Workshop(library: library))(request([long], count: 2)) {
        if case .cut(let cut) = event { cuts.append(cut) }
      }
      #expect(cuts.count == 1 && cuts.first?.role == .prompt)
      #expect(cuts.first?.kept == "a red apple a green apple ")
      #expect(cuts.first?.dropped.contains("a cat") == true)
    }

    @Test("the program's own models are found from the repository")
    func standardLibrary() {
      let folders = ModelLibrary.standard.folders.map {
        $0.standardizedFileURL.path(percentEncoded: false)
      }
      let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Models/").standardizedFileURL.path(percentEncoded: false)
      #expect(folders.contains(repository))
      #expect(folders.first?.hasSuffix("share/inkwell/models") == true)
    }

    @Test("an unknown model names the nearest, and a broken one what it lacks")
    func models() async throws {
      let error = #expect(throws: ModelError.self) { try library.model("tinny") }
      #expect(error?.description.contains("Did you mean tiny?") == true)
      #expect(throws: ModelError.self) { try library.model("./nowhere") }
      let tiny = folder.file("models/tiny")
      try FileManager.default.removeItem(at: tiny.appending(path: "vae/config.json"))
      #expect(
        throws: ModelError.incomplete(
          folder: tiny.path(percentEncoded: false) + "/", missing: ["vae/config.json"])
      ) { try library.model("tiny") }
    }
  }
}

extension AsyncThrowingStream<Generate.Event, any Error> {
  /// The pictures, in the order in which they are ready.
  func images() async throws -> [GeneratedImage] {
    var images: [GeneratedImage] = []
    for try await event in self {
      if case .image(let image) = event { images.append(image) }
    }
    return images
  }
}
