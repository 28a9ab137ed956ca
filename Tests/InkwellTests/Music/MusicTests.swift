import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  @Suite(.serialized) struct MusicTests {
    let folder: TemporaryFolder
    let music: Music

    init() throws {
      folder = try MusicFixture.make()
      music = Music(library: MusicFixture.library(folder), threads: 1)
      try MusicFixture.sound(2).save(to: folder.file("in.wav"))
      try MusicFixture.sound(3, frames: 200).save(to: folder.file("long.wav"))
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func request(
      _ prompts: [String] = ["a red apple"], count: Int = 1, seed: UInt64 = 7,
      seconds: Double? = nil, start: Music.Start? = nil
    ) throws -> Music.Request {
      try Music.Request(
        model: "tiny", prompts: prompts, count: count, seed: seed, seconds: seconds, start: start)
    }

    private func make(_ request: Music.Request) async throws -> [MadeSound] {
      var made: [MadeSound] = []
      for try await event in music(request) {
        if case .sound(let sound) = event { made.append(sound) }
      }
      return made
    }

    @Test("a seed gives the same bytes, another seed or prompt another sound")
    func seeds() async throws {
      let first = try await make(request(["a red apple", "a green cat"], count: 2))
      #expect(first.map(\.seed) == [7, 8, 9, 10])
      #expect(first.map(\.prompt) == ["a red apple", "a red apple", "a green cat", "a green cat"])
      #expect(first.allSatisfy { $0.sound.frames == 128 && $0.sound.sampleRate == 1000 })
      let again = try await make(request(seed: 8))
      try first[1].save(to: folder.file("a.wav"))
      try again[0].save(to: folder.file("b.wav"))
      #expect(try Data(contentsOf: folder.file("a.wav")) == Data(contentsOf: folder.file("b.wav")))
      let other = try await make(request(["a green cat"], seed: 7))
      #expect(other[0].sound != first[0].sound && first[0].sound != first[1].sound)
    }

    @Test("a sound is as long as it is to be: cut, or continued window by window")
    func lengths() async throws {
      for (seconds, frames) in [(0.05, 50), (0.128, 128), (0.129, 129), (0.3, 300)] {
        let made = try await make(request(seconds: seconds))
        #expect(made[0].sound.frames == frames)
      }
    }

    @Test("what is kept of a sound is kept to the sample, and the rest is new")
    func keeps() async throws {
      let long = try Sound(contentsOf: folder.file("long.wav"))
      let right = try await make(
        request(seconds: 0.1, start: .continuing(file: path("long.wav"), side: .right)))[0].sound
      #expect(right.frames == 300 && Array(right.samples[..<200]) == long.samples)
      let left = try await make(
        request(seconds: 0.1, start: .continuing(file: path("long.wav"), side: .left)))[0].sound
      #expect(left.frames == 300 && Array(left.samples[100...]) == long.samples)
      let part = try await make(
        request(start: .inpainting(file: path("long.wav"), from: 0.08, to: 0.12)))[0].sound
      #expect(part.frames == 200)
      #expect(part.samples[..<80] == long.samples[..<80])
      #expect(part.samples[120...] == long.samples[120...])
      #expect(part.samples[90..<110] != long.samples[90..<110])
    }

    @Test("a melody is heard, whatever its length, and its record makes the same sound again")
    func follows() async throws {
      func played(_ file: String?, _ prompt: String = "a red apple") async throws -> MadeSound {
        let request = try Music.Request(
          model: "follower", prompts: [prompt], seed: 7,
          start: file.map { .following(file: path($0)) })
        return try #require(try await make(request).first)
      }
      let first = try await played("in.wav")
      try MusicFixture.sound(4).save(to: folder.file("other.wav"))
      #expect(try await played("in.wav").sound == first.sound)
      #expect(try await played("other.wav").sound != first.sound)
      #expect(try await played("in.wav", "a green cat").sound != first.sound)
      #expect(try await played(nil).sound != first.sound)
      // A second window hears the melody's second part.
      let long = try await played("long.wav")
      #expect(long.sound.frames == 200)
      var changed = try MusicFixture.sound(3, frames: 200).samples
      for frame in 150..<200 { changed[frame] *= -0.5 }
      try Sound(channels: 1, sampleRate: 1000, samples: changed).save(to: folder.file("late.wav"))
      let late = try await played("late.wav")
      #expect(try late.sound.part(0..<100) == long.sound.part(0..<100))
      #expect(try late.sound.part(150..<200) != long.sound.part(150..<200))

      try long.save(to: folder.file("made.wav"))
      var again: MadeSound?
      for try await event in music(Regenerate.Request(file: path("made.wav"))) {
        if case .sound(let sound) = event { again = sound }
      }
      #expect(try #require(again).sound == long.sound)
    }

    @Test("a sound that is widened keeps what is below the frequency, and gets what is above")
    func widens() async throws {
      let source = try Sound(contentsOf: folder.file("in.wav"))
      let made = try await make(
        request(start: .widening(file: path("in.wav"), above: 250)))[0].sound
      #expect(made.frames == source.frames)
      let low = LowBands(below: 250, sampleRate: MusicFixture.rate, of: 16)
      let (kept, changed) = try checked {
        let (x, y) = (source.tensor, made.tensor)
        return (
          (low(y) - low(x)).absolute().maximum().item(), (y - x).absolute().maximum().item()
        )
      }
      #expect(kept < 1e-4 && changed > 0.01, "\(kept), \(changed)")
    }

    @Test("a sound without noise is what the autoencoder makes of it, one of noise is another")
    func cleans() async throws {
      let source = try Sound(contentsOf: folder.file("in.wav"))
      func made(_ ratio: Double) async throws -> Sound {
        try await make(request(start: .cleaning(file: path("in.wav"), ratio: ratio)))[0].sound
      }
      let model = try TextToSoundModel(SoundModelFolder(folder.file("models/tiny")))
      let through = try model.sound(model.latents(of: source), seconds: source.seconds)
      let (clean, noisy) = (try await made(60), try await made(-20))
      #expect(clean.frames == source.frames && noisy.frames == source.frames)
      func difference(_ sound: Sound) throws -> Double {
        try checked { (sound.tensor - through.tensor).absolute().maximum().item() }
      }
      #expect(try difference(clean) < 1e-4)
      #expect(try difference(noisy) > 0.01)
    }

    @Test("an estimate agrees with what was measured, and keeps the rest of its own")
    func measurements() throws {
      let low = LowBands(below: 100, sampleRate: 800, of: 8)
      let (x, other) = (
        Generator(seed: 1).normal([1, 1, 32]), Generator(seed: 2).normal([1, 1, 32])
      )
      // A decoder of twice the latents, so that the rest is twice the estimate's.
      let denoiser = DecodedMeasurement(
        base: KnownSample(other), measurement: LinearMeasurement(low(x), by: low),
        decode: { $0 * 2 }, encode: { $0 / 2 })
      let found = try checked {
        try denoiser(.zeros([1, 1, 32]), at: NoiseLevel(alpha: 1, sigma: 1)) * 2
      }
      let (missed, rest) = try checked {
        (
          (low(found) - low(x)).absolute().maximum().item(),
          (found - other * 2 - low.adjoint(low(x - other * 2))).absolute().maximum().item()
        )
      }
      #expect(missed < 1e-5 && rest < 1e-5, "\(missed), \(rest)")
    }

    /// A denoiser that knows the sample.
    private struct KnownSample: Denoiser {
      let sample: Tensor

      init(_ sample: Tensor) { self.sample = sample }

      func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor { sample }
    }

    @Test("a small strength leaves more of a sound's latents than a large one")
    func strength() async throws {
      let model = try TextToSoundModel(SoundModelFolder(folder.file("models/tiny")))
      let known = try model.latents(of: Sound(contentsOf: folder.file("in.wav")))
      let distances = try [0.3, 0.6, 1].map { strength in
        let drawing = TextToSoundModel.Drawing(
          prompt: "a red apple", seed: 1,
          settings: SamplingSettings(steps: 20, guidance: 1), seconds: nil,
          start: .latents(known, strength: strength))
        let difference = try model.latents(drawing) - known
        return try checked { (difference * difference).mean().item() }
      }
      #expect(distances[0] < distances[1] && distances[1] < distances[2])
      let made = try await make(
        request(start: .changing(file: path("in.wav"), strength: 0.7)))
      #expect(made[0].sound.frames == 128)
    }

    @Test(
      "a file says how it was made, and the same is made of it again", arguments: ["wav", "flac"])
    func regenerates(type: String) async throws {
      let start = Music.Start.continuing(file: path("in.wav"), side: .right)
      let made = try await make(request(seconds: 0.05, start: start))[0]
      let file = folder.file("made.\(type)")
      try made.save(to: file)
      #expect(try SoundProvenance(contentsOf: file) == made.provenance)
      var again: MadeSound?
      for try await event in music(Regenerate.Request(file: path("made.\(type)"))) {
        if case .sound(let sound) = event { again = sound }
      }
      try #require(again).save(to: folder.file("again.\(type)"))
      #expect(try Data(contentsOf: folder.file("again.\(type)")) == Data(contentsOf: file))

      try MusicFixture.sound(4).save(to: folder.file("in.wav"))
      let error = await #expect(throws: ProvenanceError.self) {
        for try await _ in music(Regenerate.Request(file: path("made.\(type)"))) {}
      }
      #expect(error == .otherSource(file: path("in.wav")))
      await #expect(throws: ProvenanceError.none(file: path("in.wav"))) {
        for try await _ in music(Regenerate.Request(file: path("in.wav"))) {}
      }
    }

    @Test("a request goes through JSON as it is, and one that cannot be is refused")
    func requests() throws {
      for start in [
        nil, .changing(file: "a.wav", strength: 0.5), .continuing(file: "a.wav", side: .left),
        Music.Start.inpainting(file: "a.wav", from: 1, to: 1.5),
        .widening(file: "a.wav", above: 2000), .cleaning(file: "a.wav", ratio: 5),
        .following(file: "a.wav"),
      ] {
        let request = try request(["a", "b"], count: 2, start: start)
        let json = try JSONEncoder().encode(request)
        #expect(try JSONDecoder().decode(Music.Request.self, from: json) == request)
      }
      let cases: [(String, () throws -> Music.Request)] = [
        ("expected at least one prompt, found none", { try request([]) }),
        ("count: expected 1 to 1000, found 0", { try request(count: 0) }),
        ("seconds: expected more than 0, at most 600, found 0.0", { try request(seconds: 0) }),
        (
          "seconds: expected none, for a sound that stays as long as it is, found one",
          { try request(seconds: 1, start: .following(file: "a")) }
        ),
        (
          "strength: expected more than 0, at most 1, found 2.0",
          { try request(start: .changing(file: "a", strength: 2)) }
        ),
        (
          "span: expected two times, the first earlier, found 2.0-1.0",
          { try request(start: .inpainting(file: "a", from: 2, to: 1)) }
        ),
        (
          "above: expected a frequency in Hz, found 0.0",
          { try request(start: .widening(file: "a", above: 0)) }
        ),
        (
          "snr: expected -20 to 60 decibels, found 61.0",
          { try request(start: .cleaning(file: "a", ratio: 61)) }
        ),
        (
          "seconds: expected none, for a sound that stays as long as it is, found one",
          { try request(seconds: 1, start: .changing(file: "a", strength: 1)) }
        ),
        (
          "steps: expected 1 to 1000, found 0",
          { try Music.Request(prompts: ["a"], options: SamplingOptions(steps: 0)) }
        ),
        (
          "guidance: expected 0.0 to 100.0, found inf",
          { try Music.Request(prompts: ["a"], options: SamplingOptions(guidance: .infinity)) }
        ),
      ]
      for (reason, make) in cases {
        let error = #expect(throws: GenerateError.self) { try make() }
        #expect(error?.description == reason)
      }
    }

    @Test("sounds that do not fit the model or the span are refused")
    func misfits() async throws {
      let cases: [(String, Music.Start)] = [
        (
          "from: expected a sound of at most 0.128 seconds",
          .changing(file: path("long.wav"), strength: 1)
        ),
        (
          "above: expected a frequency below 500 Hz, the model's highest, found 500.0",
          .widening(file: path("in.wav"), above: 500)
        ),
        (
          "from: expected a sound of at most 0.128 seconds",
          .cleaning(file: path("long.wav"), ratio: 10)
        ),
        (
          "span: expected times in a sound of 0.200 seconds",
          .inpainting(file: path("long.wav"), from: 0.1, to: 0.3)
        ),
        (
          "span: expected at most 0.096 seconds",
          .inpainting(file: path("long.wav"), from: 0, to: 0.15)
        ),
      ]
      let followed = await #expect(throws: GenerateError.self) {
        try await make(request(start: .following(file: path("in.wav"))))
      }
      #expect(
        followed?.description
          == "melody: expected a model that was trained to follow melodies, found tiny")
      try MusicFixture.sound(1, frames: 600_001).save(to: folder.file("hour.wav"))
      let long = await #expect(throws: GenerateError.self) {
        try await make(
          Music.Request(
            model: "follower", prompts: ["a"], seed: 1, start: .following(file: path("hour.wav"))))
      }
      #expect(
        long?.description.hasPrefix("melody: expected a sound of at most 600.0 seconds") == true)
      for (reason, start) in cases {
        let error = await #expect(throws: GenerateError.self) {
          try await make(request(start: start))
        }
        #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
      }
    }

    @Test("a run ends after the step at which it is asked to stop")
    func cancels() async throws {
      let stop = StopSignal()
      var steps = 0
      await #expect(throws: CancellationError.self) {
        for try await event in music(try request(count: 50), until: stop) {
          if case .step = event {
            steps += 1
            stop.request()
          }
        }
      }
      #expect(steps >= 1 && steps < 150)
    }

    @Test("a folder that is no model of sounds is refused, with what it lacks")
    func folders() throws {
      let model = folder.file("models/tiny")
      try FileManager.default.removeItem(at: model.appending(path: "vae/config.json"))
      #expect(
        throws: ModelError.incomplete(
          folder: model.path(percentEncoded: false), missing: ["vae/config.json"])
      ) { try SoundModelFolder(model) }
      #expect(throws: ModelError.self) { try ModelLibrary(folders: []).soundModel("tiny") }
    }
  }
}
