import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Rollouts as a user asks for them.
  @Suite("drives that a model makes up")
  struct WorldTests {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
      try TinyWorld.model(folder)
    }

    private func made(
      _ actions: String = "stay 3, left, faster 2", seed: UInt64 = 7,
      start: World.Start = .init(street: 5, weather: .night),
      _ options: World.Options = .init(scale: 1)
    ) async throws -> MadeClip<World.Request> {
      let request = try World.Request(
        actions: actions, model: "world", seed: seed, start: start, options: options)
      return try await last(World(library: TinyWorld.library(folder))(request))
    }

    private func last(
      _ events: AsyncThrowingStream<VideoEvent<World.Request>, any Error>
    ) async throws -> MadeClip<World.Request> {
      var found: MadeClip<World.Request>?
      for try await event in events { if case .clip(let made) = event { found = made } }
      return try #require(found)
    }

    @Test("a clip begins with the simulator's frames and goes on by the actions")
    func makes() async throws {
      let clip = try await made().clip
      #expect((clip.count, clip.width, clip.height) == (2 + 6, 32, 32))
      #expect(clip.frameRate.value == 10)
      var street = Street(seed: 5, weather: .night)
      #expect(clip[0].pixels == street.frame(side: 32).pixels)
      street.step(.stay)
      #expect(clip[1].pixels == street.frame(side: 32).pixels)
      #expect(try await made().clip == clip)
      #expect(try await made(seed: 8).clip != clip)
      let turned = try await made("stay 3, right, faster 2").clip
      #expect(turned[4] == clip[4] && turned[5] != clip[5])
      #expect(try await made(start: .init(street: 6)).clip[0] != clip[0])
    }

    @Test("frames, steps and scale are as asked for, and the simulator stands to the left")
    func options() async throws {
      let plain = try await made("left 2").clip
      let more = try await made("left 2", .init(frames: 5, scale: 1)).clip
      #expect(more.count == 7 && more[3] == plain[3])
      #expect(try await made("left 2", .init(steps: 5, scale: 1)).clip[2] != plain[2])
      let both = try await made("left 2", .init(scale: 2, isCompared: true)).clip
      #expect((both.width, both.height) == (2 * 66, 64))
      var street = Street(seed: 5, weather: .night)
      for action in [StreetAction.stay, .left, .left] { street.step(action) }
      let truth = street.frame(side: 32).pixels
      for (x, y) in [(3, 9), (16, 24), (31, 31)] {
        let place = 3 * (32 * y + x)
        #expect(Array(both[3][2 * x + 1, 2 * y]) == Array(truth[place..<place + 3]))
        #expect(both[3][2 * (34 + x), 2 * y + 1].elementsEqual(plain[3][x, y]))
      }
    }

    @Test("a clip carries how it was made, and is made again")
    func regenerates() async throws {
      let first = try await made()
      #expect(first.provenance.request.options.frames == 6)
      #expect(first.provenance.request.options.steps == 2 && first.provenance.files.count == 3)
      let file = folder.file("drive.apng")
      try first.save(to: file)
      #expect(try clipTask(of: file, reading: .trusted) == "world")
      let read = try ClipProvenance<World.Request>(contentsOf: file, reading: .trusted)
      #expect(read == first.provenance)
      #expect(throws: ProvenanceError.self) {
        try ClipProvenance<GenerateVideo.Request>(contentsOf: file, reading: .trusted)
      }
      let world = World(library: TinyWorld.library(folder))
      var again: Clip?
      try world.make(read.request, expected: read, until: StopSignal()) { event in
        if case .clip(let made) = event { again = made.clip }
      }
      #expect(again == first.clip)
      try TinyWorld.model(folder, seed: 9)
      #expect(throws: ProvenanceError.self) {
        try world.make(read.request, expected: read, until: StopSignal()) { _ in }
      }
    }

    @Test("a run stops after the frame that it is at")
    func stops() async throws {
      let request = try World.Request(actions: "stay 9", model: "world", seed: 1)
      let stop = StopSignal()
      var steps = 0
      await #expect(throws: CancellationError.self) {
        let task = World(library: TinyWorld.library(folder))
        for try await event in task(request, until: stop) {
          if case .step = event { steps += 1 }
          stop.request()
        }
      }
      #expect(steps < 9)
    }

    @Test("scripts read as they are meant, and what does not read is named")
    func scripts() throws {
      #expect(
        try WorldScript("faster 2, left,stay 1").actions == [.faster, .faster, .left, .stay])
      #expect(try WorldScript("left, right").actions(5) == [.left, .right, .left, .right, .left])
      for text in ["", "up 3", "left 0", "left -1", "left 2 3", "left x", "left,,right"] {
        let error = #expect(throws: GenerateError.self) { try World.Request(actions: text) }
        #expect(
          error?.description.hasPrefix("actions: expected stay, left, right") == true, "\(text)")
      }
      let cases: [(World.Options, String)] = [
        (.init(frames: 0), "frames"), (.init(frames: 10_001), "frames"), (.init(steps: 0), "steps"),
        (.init(scale: 17), "scale"),
      ]
      for (options, name) in cases {
        let error = #expect(throws: GenerateError.self) {
          try World.Request(actions: "stay", options: options)
        }
        #expect(error?.description.hasPrefix("\(name): expected") == true)
      }
      #expect(throws: GenerateError.self) { try World.Request(actions: "stay", model: "") }
    }

    @Test("a request reads as what was written, and one of another version is refused")
    func codes() throws {
      let request = try World.Request(
        actions: "left 3", seed: 4, start: .init(street: 9, weather: .snow),
        options: .init(frames: 8, isCompared: true))
      let json = try JSONEncoder().encode(request)
      #expect(try JSONDecoder().decode(World.Request.self, from: json) == request)
      let other = String(decoding: json, as: UTF8.self)
        .replacing("\"version\":1", with: "\"version\":3")
      #expect(throws: GenerateError.version(expected: 1, found: 3)) {
        try JSONDecoder().decode(World.Request.self, from: Data(other.utf8))
      }
    }

    @Test("a model of another world is refused")
    func otherWorld() throws {
      var about = TinyWorld.about
      about.actions[0] = "jump"
      let network = try WorldModel(TinyWorld.model(folder)).network
      let other = try WorldModel(network, about: about, place: "here")
      let request = try World.Request(actions: "stay")
      let error = #expect(throws: ModelError.self) {
        try WorldMaker(other, request, place: "here")
      }
      #expect(error?.description.contains("found jump, left") == true)
    }

    @Test("the program makes a clip and makes it again, and says what is wrong")
    func command() throws {
      func run(_ arguments: [String]) throws -> CommandRun.Output {
        try CommandRun(arguments, in: folder).finish()
      }
      let options = ["--model", "models/world", "--seed", "3", "--scale", "1", "--threads", "1"]
      let made = try run(["world", "left 2, stay", "--output", "drive.gif"] + options)
      #expect(made.status == 0 && made.output == "drive.gif\n", "\(made.errors)")
      let again = try run(["regenerate", "drive.gif"])
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.errors.contains("drive-again.gif: the same bytes as drive.gif"))
      for (arguments, status, message) in [
        (["up", "--output", "b.gif"], 64 as Int32, "actions: expected stay, left"),
        (["stay", "--output", "b.gif", "--weather", "fog"], 64, "expected one of day, night"),
        (["stay", "--output", "b.txt"], 64, "expected a name that ends in .mp4"),
        (["stay", "--output", "drive.gif"], 1, "drive.gif"),
        (["stay", "--output", "b.gif", "--model", "./nowhere"], 3, "nowhere"),
      ] {
        let result = try run(["world"] + arguments)
        #expect(result.status == status && result.errors.contains(message), "\(result.errors)")
      }
    }
  }
}
