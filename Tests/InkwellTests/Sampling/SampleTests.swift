import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Pictures of a tiny random pixel model.
  @Suite struct SampleTests {
    let folder: TemporaryFolder
    let model: String

    init() throws {
      folder = try TemporaryFolder()
      var parts = try TinyPixelModel.parts()
      parts.classifier = try TinyPixelModel.classifier()
      try PixelModel.write(parts, to: folder.file("models/tiny"))
      model = folder.file("models/tiny").path(percentEncoded: false)
    }

    private func pictures(
      _ request: Sample.Request, batchSize: Int = 8, threads: Int? = nil
    ) async throws -> [MadePicture<Sample.Request>] {
      let library = ModelLibrary(folders: [folder.file("models")])
      return try await Sample(Workshop(library: library, batchSize: batchSize, threads: threads))(
        request
      )
      .pictures()
    }

    private func request(
      _ labels: [String] = ["up"], count: Int = 1, _ options: Sample.Options = Sample.Options()
    ) throws -> Sample.Request {
      try Sample.Request(model: "tiny", labels: labels, count: count, seed: 7, options: options)
    }

    private func difference(_ a: Image, _ b: Image) -> Int {
      zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test("steps and pictures are told in their order, a preview with each step")
    func events() async throws {
      var steps: [Int] = []
      var labels: [String] = []
      let library = ModelLibrary(folders: [folder.file("models")])
      let sample = Sample(Workshop(library: library, batchSize: 4))
      for try await event in try sample(request(["up", "0"], count: 3)) {
        switch event {
        case .loading(let model): #expect(model == "tiny")
        case .planned, .explained, .cut, .uncompiled: Issue.record("a label is not cut")
        case .step(let step):
          steps.append(step.index)
          #expect(step.total == 6 && step.count == 3)
          #expect(try step.preview.first().width == 8)
        case .image(let picture): labels.append("\(picture.subject) \(picture.seed)")
        }
      }
      #expect(steps == [1, 2, 3, 1, 2, 3])
      #expect(labels == ["up 7", "up 8", "up 9", "0 10", "0 11", "0 12"])
    }

    @Test("a seed's picture is the same alone and in a batch, and another label's is another")
    func independence() async throws {
      let options = Sample.Options(sampler: "ddpm", guidance: 2, classifierGuidance: 1)
      let batch = try await pictures(request(["left", "up"], count: 2, options))
      for picture in batch {
        let alone = try Sample.Request(
          model: "tiny", labels: [picture.subject], seed: picture.seed, options: options)
        let again = try await pictures(alone, threads: 1)
        #expect(difference(picture.image, again[0].image) <= 1)
      }
      let other = try Sample.Request(model: "tiny", labels: ["right"], seed: 7, options: options)
      #expect(difference(batch[0].image, try await pictures(other)[0].image) > 1)
      #expect(difference(batch[0].image, batch[1].image) > 8)
    }

    @Test("a picture is made again from its file, to the byte; and not by the other task")
    func regenerate() async throws {
      let made = try await pictures(
        request(["up", "left"], count: 2, Sample.Options(sampler: "ddpm", spacing: "linspace")),
        batchSize: 3, threads: 2)
      let library = ModelLibrary(folders: [folder.file("models")])
      for picture in made {
        let file = folder.file("\(picture.index).png")
        let hash = try picture.save(to: file)
        let again = try await Sample(Workshop(library: library))(
          Regenerate.Request(file: file.path(percentEncoded: false))
        )
        .pictures()
        #expect(again.count == 1 && again[0].provenance == picture.provenance)
        #expect(try again[0].save(to: folder.file("again.png")) == hash)
        #expect(try pictureTask(of: file) == "sample")
        #expect(throws: ProvenanceError.self) { try Provenance(contentsOf: file) }
      }
      let provenance = made[3].provenance
      #expect(provenance.request.labels == ["left"] && provenance.request.spacing == "linspace")
      #expect(provenance.request.guidance == 1 && provenance.request.classifierGuidance == 0)
      #expect(provenance.files.count == 6 && provenance.batch == PictureBatch(size: 1, place: 0))
      #expect(
        provenance.request.parameters(files: provenance.files, program: "p").hasPrefix(
          "left\nSteps: 3, Sampler: ddpm, Schedule type: linspace, CFG scale: 1.0, Seed: 10, Model")
      )
      try Data(" ".utf8).write(to: folder.file("models/tiny/unet/config.json"))
      await #expect(
        throws: ProvenanceError.otherModel(folder: model + "/", changed: ["unet/config.json"])
      ) {
        try await Sample(Workshop(library: library))(
          Regenerate.Request(file: folder.file("0.png").path(percentEncoded: false))
        )
        .pictures()
      }
    }

    @Test(
      "what the model cannot be told or do is refused before the first step",
      arguments: [
        (["down"], Sample.Options(), "label: expected a class, left, right, up, found down"),
        (["3"], Sample.Options(), "label: expected a class, left, right, up, found 3"),
        (
          ["up"], Sample.Options(sampler: "consistency"),
          "sampler: expected one for this kind of model, such as ddpm, found consistency"
        ),
        ([], Sample.Options(classifierGuidance: 1), "label: expected a class for the classifier"),
      ] as [([String], Sample.Options, String)])
    func refused(labels: [String], options: Sample.Options, reason: String) async throws {
      let error = await #expect(throws: SampleError.self) {
        try await pictures(request(labels, options))
      }
      #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
      #expect(error.map { Failure($0) } == .request)
    }

    @Test("a model that has not learned it is not guided")
    func unguided() throws {
      var parts = try TinyPixelModel.parts()
      parts.about.labels = .classes(names: ["a", "b", "c", "d"])
      parts.scheduler = PixelScheduler(.flow(shift: 1), output: .velocity)
      let model = try PixelModel(PixelModel.write(parts, to: folder.file("plain")))
      func refused(_ labels: [String], _ options: Sample.Options) throws -> String? {
        let request = try request(labels, options)
        return #expect(throws: SampleError.self) {
          try SampleMaker(request: request, model: model, name: "")
        }?.description
      }
      #expect(try refused(["a"], .init(guidance: 2))?.hasPrefix("guidance: expected 1, as") == true)
      #expect(
        try refused(["a"], .init(classifierGuidance: 2))?.hasPrefix(
          "classifier-guidance: expected 0, as the model has no classifier") == true)
      #expect(try refused([], .init())?.hasPrefix("label: expected a class, a, b, c, d") == true)
      #expect(try refused(["a"], .init(spacing: "simple"))?.hasPrefix("spacing: expected") == true)
    }

    @Test("a number is told as its share of the way, and one outside is refused")
    func numbers() throws {
      var parts = try TinyPixelModel.parts()
      parts.network.labels = .number
      let sizes = parts.network
      parts.weights = try TinyPixelModel.weights(seed: 1) { ADMUNet($0, sizes) }
      parts.about.labels = .number(from: 1, to: 5)
      let model = try PixelModel(PixelModel.write(parts, to: folder.file("numbers")))
      #expect(try model.label("2") == .share(0.25) && model.label("5") == .share(1))
      for text in ["0.9", "six", "nan", nil] {
        let error = #expect(throws: SampleError.self) { try model.label(text) }
        #expect(error?.description.contains("expected a number from 1 to 5") == true)
      }
      parts.network.labels = nil
      let free = parts.network
      parts.weights = try TinyPixelModel.weights(seed: 1) { ADMUNet($0, free) }
      parts.about.labels = nil
      let any = try PixelModel(PixelModel.write(parts, to: folder.file("free")))
      #expect(try any.label(nil) == .none)
      #expect(throws: SampleError.self) { try any.label("1") }
    }

    @Test("a stop is heeded after the step, and no picture comes")
    func stop() async throws {
      let stop = StopSignal()
      let library = ModelLibrary(folders: [folder.file("models")])
      do {
        let request = try request(["up"], Sample.Options(steps: 1000))
        for try await event in Sample(Workshop(library: library))(request, until: stop) {
          if case .image = event { Issue.record("a stopped run made a picture") }
          if case .step = event { stop.request() }
        }
        Issue.record("expected the run to end with an error")
      } catch {
        #expect(Failure(error) == .stopped)
      }
    }
  }
}

extension AsyncThrowingStream<Sample.Event, any Error> {
  /// The pictures, in the order in which they are ready.
  func pictures() async throws -> [MadePicture<Sample.Request>] {
    var pictures: [MadePicture<Sample.Request>] = []
    for try await event in self {
      if case .image(let picture) = event { pictures.append(picture) }
    }
    return pictures
  }
}
