import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  @Suite("clips of prompts, pictures and clips")
  struct GenerateVideoTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TinyVideoModel.make() }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func made(
      _ source: GenerateVideo.Source = .words, prompt: String = "a red apple", seed: UInt64 = 7,
      options: SamplingOptions = .init()
    ) async throws -> MadeClip<GenerateVideo.Request> {
      let request = try GenerateVideo.Request(
        prompt: prompt, model: "clips", seed: seed, source: source, options: options)
      return try await last(GenerateVideo(library: TinyVideoModel.library(folder))(request))
    }

    private func last<Request>(
      _ events: AsyncThrowingStream<VideoEvent<Request>, any Error>
    ) async throws -> MadeClip<Request> {
      var found: MadeClip<Request>?
      for try await event in events {
        if case .clip(let made) = event { found = made }
      }
      return try #require(found)
    }

    @Test("a clip has the model's length, size and rate, and depends on seed, prompt and settings")
    func words() async throws {
      let clip = try await made().clip
      #expect((clip.count, clip.width, clip.height) == (5, 16, 16) && clip.frameRate.value == 10)
      #expect(try await made().clip == clip)
      #expect(try await made(seed: 8).clip != clip)
      #expect(try await made(prompt: "a green cat").clip != clip)
      #expect(try await made(options: .init(guidance: 1)).clip != clip)
      #expect(try await made(options: .init(steps: 4)).clip != clip)
    }

    @Test("pictures that are given are its ends, to the bit, and what is between depends on them")
    func ends() async throws {
      let clip = try TinyVideoModel.clip(5)
      try clip[0].save(to: folder.file("first.png"))
      try clip[4].save(to: folder.file("last.png"))
      let both = try await made(.ends(first: path("first.png"), last: path("last.png"))).clip
      #expect(both[0] == clip[0] && both[4] == clip[4])
      let first = try await made(.ends(first: path("first.png"), last: nil)).clip
      #expect(first[0] == clip[0] && first[4] != clip[4] && first[2] != both[2])
      let last = try await made(.ends(first: nil, last: path("last.png"))).clip
      #expect(last[4] == clip[4] && last[0] != clip[0])
    }

    @Test("a clip goes on after its last frame and before its first, and stays as it is")
    func extends() async throws {
      let clip = try TinyVideoModel.clip(4)
      try clip.save(to: folder.file("clip.apng"))
      let longer = try await made(.extend(clip: path("clip.apng"), backward: false)).clip
      // Three frames are looked at and two are made.
      #expect(longer.count == 6)
      #expect(try longer.part(start: 0, count: 4) == clip)
      let earlier = try await made(.extend(clip: path("clip.apng"), backward: true)).clip
      #expect(earlier.count == 6)
      #expect(try earlier.part(start: 2, count: 4) == clip)
    }

    @Test("between all frames of a clip comes one, at twice the rate")
    func interpolates() async throws {
      let clip = try TinyVideoModel.clip(4)
      try clip.save(to: folder.file("clip.apng"))
      let smooth = try await made(.between(clip: path("clip.apng"))).clip
      #expect(smooth.count == 7 && smooth.frameRate.value == 20)
      for number in 0..<4 { #expect(smooth[2 * number] == clip[number]) }
      try TinyVideoModel.clip(1).save(to: folder.file("still.apng"))
      await #expect(throws: GenerateError.self) {
        try await made(.between(clip: path("still.apng")))
      }
    }

    @Test("a blend is both clips with a passage between them")
    func blends() async throws {
      let (one, other) = (try TinyVideoModel.clip(3), try TinyVideoModel.clip(4, shade: 230))
      try one.save(to: folder.file("one.apng"))
      try other.save(to: folder.file("other.apng"))
      let clip = try await made(.blend(first: path("one.apng"), second: path("other.apng"))).clip
      #expect(clip.count == 3 + 3 + 4)
      #expect(try clip.part(start: 0, count: 3) == one)
      #expect(try clip.part(start: 6, count: 4) == other)
      // The passage is what is made between the two pictures.
      try one[2].save(to: folder.file("first.png"))
      try other[0].save(to: folder.file("last.png"))
      let between = try await made(.ends(first: path("first.png"), last: path("last.png"))).clip
      #expect(try clip.part(start: 3, count: 3) == between.part(start: 1, count: 3))
    }

    @Test("a region is made anew in all of a clip, and the rest stays to the bit")
    func region() async throws {
      let clip = try TinyVideoModel.clip(7)
      try clip.save(to: folder.file("clip.apng"))
      var mask = Image(width: 16, height: 16, color: .black)
      mask.draw(Image(width: 8, height: 16, color: .white), x: 8, y: 0)
      try mask.save(to: folder.file("mask.png"))
      let source = GenerateVideo.Source.region(clip: path("clip.apng"), mask: path("mask.png"))
      let found = try await made(source).clip
      #expect(found.count == 7)
      let change = try checked { (found.tensor - clip.tensor).absolute() }
      for frame in 0..<7 {
        let own = try checked { change.selected(dim: 0, index: frame) }
        let (kept, new) = try checked {
          (
            own.narrowed(dim: 2, start: 0, length: 8).maximum().item(),
            own.narrowed(dim: 2, start: 8, length: 8).mean().item()
          )
        }
        #expect(kept == 0 && new > 0.05, "frame \(frame): \(kept), \(new)")
      }
      try Image(width: 16, height: 16, color: .black).save(to: folder.file("mask.png"))
      await #expect(throws: GenerateError.self) { try await made(source) }
    }

    @Test("a timeline begins as its first prompt alone does, and goes on with each from its time")
    func timeline() async throws {
      func told(_ beats: [GenerateVideo.Beat]) async throws -> Clip {
        try await made(.timeline(beats)).clip
      }
      let one = GenerateVideo.Beat(seconds: 0.5, prompt: "a green cat")
      let clip = try await told([one])
      // Five frames, and half a clip from the beat on; three frames are looked at each time.
      #expect(clip.count == 7)
      let first = try await made().clip
      #expect(try clip.part(start: 0, count: 5) == first)
      // The seventh frame on is of the second beat.
      let both = try await told([one, .init(seconds: 0.7, prompt: "a red apple")])
      #expect(both.count == 9)
      #expect(try both.part(start: 0, count: 7) == clip)
      let other = try await told([.init(seconds: 0.5, prompt: "a red apple")])
      #expect(try other.part(start: 0, count: 5) == clip.part(start: 0, count: 5))
      #expect(other != clip)
    }

    @Test(
      "times that do not follow each other, and none, are refused",
      arguments: [
        [], [(0.0, "a cat")], [(1.0, "a cat"), (1.0, "a dog")], [(61.0, "a cat")],
        [(.nan, "a cat")],
      ] as [[(Double, String)]])
    func refusesTimes(beats: [(Double, String)]) {
      #expect(throws: GenerateError.self) {
        try GenerateVideo.Request(
          prompt: "a cat", source: .timeline(beats.map { .init(seconds: $0.0, prompt: $0.1) }))
      }
    }

    @Test("the less strength, the nearer a remix is to what the clip decodes to")
    func remixes() async throws {
      try TinyVideoModel.clip(5).save(to: folder.file("clip.apng"))
      let model = try TextToVideoModel(
        TinyVideoModel.library(folder).videoModel("clips"))
      let kept = try model.frames(of: model.latents(of: TinyVideoModel.clip(5).tensor))
      func distance(_ strength: Double) async throws -> Double {
        let clip = try await made(
          .remix(clip: path("clip.apng"), strength: strength), options: .init(steps: 20)
        ).clip
        return try checked { (clip.tensor - kept).absolute().mean().item() }
      }
      let (near, far) = (try await distance(0.05), try await distance(1))
      #expect(near < 0.5 * far, "\(near), \(far)")
    }

    @Test("what is asked to stop ends after its step")
    func cancels() throws {
      let request = try GenerateVideo.Request(
        prompt: "a cat", model: "clips", seed: 1, options: .init(steps: 50))
      let stop = StopSignal()
      var steps = 0
      #expect(throws: CancellationError.self) {
        try GenerateVideo(library: TinyVideoModel.library(folder)).make(
          request, expected: nil, until: stop
        ) { event in
          guard case .step = event else { return }
          steps += 1
          if steps == 2 { stop.request() }
        }
      }
      #expect(steps == 2)
    }

    @Test("a file carries how it was made, and is made again", arguments: ["gif", "apng", "mp4"])
    func regenerates(format: String) async throws {
      try TinyVideoModel.clip(5)[0].save(to: folder.file("first.png"))
      let first = try await made(.ends(first: path("first.png"), last: nil))
      let file = folder.file("clip.\(format)")
      try first.save(to: file)
      let provenance = try ClipProvenance<GenerateVideo.Request>(
        contentsOf: file, reading: .trusted)
      #expect(provenance == first.provenance)
      #expect(provenance.request.options.steps == 3 && provenance.inputs.count == 1)
      #expect(provenance.files.count == 8)
    }

    @Test("another model and another picture are refused, and files that say nothing")
    func refusesOthers() async throws {
      try TinyVideoModel.clip(5)[0].save(to: folder.file("first.png"))
      let clip = try await made(.ends(first: path("first.png"), last: nil))
      let file = folder.file("clip.apng")
      try clip.save(to: file)
      let provenance = clip.provenance
      try TinyVideoModel.clip(5, shade: 90)[0].save(to: folder.file("first.png"))
      let changed = try provenance.request.inputHashes()
      #expect(throws: ProvenanceError.self) {
        try check(changed, are: provenance.inputs, in: folder.url)
      }
      try TinyVideoModel.clip(5).save(to: file)
      #expect(throws: ProvenanceError.none(file: path("clip.apng"))) {
        try ClipProvenance<GenerateVideo.Request>(contentsOf: file, reading: .trusted)
      }
      try TinyVideoModel.clip(5).save(to: file, comment: #"{"program":"inkwell 0","version":9}"#)
      #expect(throws: ProvenanceError.self) {
        try ClipProvenance<GenerateVideo.Request>(contentsOf: file, reading: .trusted)
      }
    }

    @Test("a model of pictures makes no clips, and what a folder lacks is named")
    func refusesModels() throws {
      try TinyModel.package(folder)()
      let library = TinyVideoModel.library(folder)
      let error = #expect(throws: ModelError.self) { try library.videoModel("tiny") }
      #expect(error?.description.contains("expected WanPipeline, found PixArt") == true)
      #expect(throws: ModelError.self) { try library.videoModel("clip") }
      let scheduler = folder.file("models/clips/scheduler/scheduler_config.json")
      try FileManager.default.removeItem(at: scheduler)
      let lacking = #expect(throws: ModelError.self) { try library.videoModel("clips") }
      #expect(lacking?.description.contains("scheduler/scheduler_config.json") == true)
    }
  }
}

@Suite("requests for clips")
struct GenerateVideoRequestTests {
  @Test(
    "what is written is read again",
    arguments: [
      GenerateVideo.Source.words, .ends(first: "a.png", last: nil),
      .extend(clip: "a.gif", backward: true), .remix(clip: "a.mp4", strength: 0.3),
      .between(clip: "a.webm"),
    ])
  func coding(source: GenerateVideo.Source) throws {
    let request = try GenerateVideo.Request(
      prompt: "a cat", seed: 3, source: source, options: .init(steps: 4, guidance: 2))
    let bytes = try JSONEncoder().encode(request)
    #expect(try JSONDecoder().decode(GenerateVideo.Request.self, from: bytes) == request)
  }

  @Test("only the prompt must be there")
  func defaults() throws {
    let request = try JSONDecoder().decode(
      GenerateVideo.Request.self, from: Data(#"{"prompt": "a cat"}"#.utf8))
    #expect(request.model == "inkwell-sprites" && request.source == .words)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(GenerateVideo.Request.self, from: Data("{}".utf8))
    }
    #expect(throws: GenerateError.version(expected: 1, found: 2)) {
      try JSONDecoder().decode(
        GenerateVideo.Request.self, from: Data(#"{"prompt": "a", "version": 2}"#.utf8))
    }
  }

  @Test(
    "values outside their ranges are refused",
    arguments: [
      (GenerateVideo.Source.remix(clip: "a.gif", strength: 0), SamplingOptions()),
      (.remix(clip: "a.gif", strength: 1.1), .init()), (.ends(first: nil, last: nil), .init()),
      (.between(clip: ""), .init()), (.words, .init(steps: 0)), (.words, .init(guidance: -1)),
      (.words, .init(negative: "\0")),
    ])
  func refusals(source: GenerateVideo.Source, options: SamplingOptions) {
    #expect(throws: GenerateError.self) {
      try GenerateVideo.Request(prompt: "a", source: source, options: options)
    }
  }
}

@Suite("what is known of a clip")
struct KnownFramesTests {
  @Test("a mask and the known latents stand behind the noisy ones, once for each copy")
  func behind() throws {
    let latents = Tensor((0..<24).map { Float($0 + 1) }, shape: [1, 2, 3, 2, 2])
    let known = KnownFrames(latents, known: [[true, false, true]])
    let x = Tensor.zeros([2, 2, 3, 2, 2])
    let whole = known.behind(x)
    #expect(whole.shape.sizes == [2, 5, 3, 2, 2])
    for copy in 0..<2 {
      let own = whole.selected(dim: 0, index: copy)
      let mask = own.selected(dim: 0, index: 2).mean(dims: [1, 2]).values(as: Float.self)
      #expect(mask == [1, 0, 1])
      let first = own.selected(dim: 0, index: 3).flattened().values(as: Float.self)
      #expect(first == [1, 2, 3, 4, 0, 0, 0, 0, 9, 10, 11, 12])
    }
    let none = KnownFrames(noneOf: [1, 2, 3, 2, 2]).behind(x)
    #expect(none.absolute().sum().item() == 0)
  }

  @Test("a training shows nothing, ends, beginnings, endings and every other frame")
  func drawn() {
    func shown(_ kind: Double, _ part: Double) -> String {
      KnownFrames.drawn(of: 5, (kind, part)).map { $0 ? "1" : "0" }.joined()
    }
    #expect(shown(0, 0.5) == "00000" && shown(0.399, 0.5) == "00000")
    #expect(shown(0.41, 0.5) == "10000" && shown(0.61, 0.5) == "00001")
    #expect(shown(0.69, 0.5) == "10001")
    #expect(shown(0.77, 0) == "10000" && shown(0.77, 0.99) == "11110")
    #expect(shown(0.85, 0) == "00001" && shown(0.85, 0.99) == "01111")
    #expect(shown(0.93, 0.5) == "10101" && shown(0.9999, 0.5) == "10101")
  }
}
