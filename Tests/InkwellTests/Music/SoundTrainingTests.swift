import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  @Suite struct SoundTrainingTests {
    let folder: TemporaryFolder

    init() throws {
      // Sums depend on the number of threads, which other tests of this suite leave changed.
      Machine.threads = Machine.standardThreads
      folder = try MusicFixture.make()
    }

    private func train(_ recipe: String, to run: String, stoppingAt step: Int? = nil) throws {
      let recipe = try TrainingRecipe(contentsOf: folder.file(recipe))
      var started: TrainingRun?
      try recipe.train(
        folder: folder.file(run), onStart: { started = $0 },
        report: { report in
          if case .progress(let progress) = report, progress.step == step { started?.requestStop() }
        })
    }

    @Test("an autoencoder is trained, its latents' variance brought to 1, and pairs are heard")
    func autoencoder() throws {
      try train("autoencoder.json", to: "run")
      let network = try AutoencoderOobleck(folder: folder.file("run/autoencoder"))
      #expect(network.configuration.patchSize == 4 && network.configuration.reduction == 16)
      let set = try SoundSet(
        folder: folder.file("sounds"), form: network.configuration.form(frames: 128),
        split: "train",
        limit: 4)
      let latents = try checked {
        network.scaled(try encoded(set, Array(set.records.indices), by: network))
      }
      let square = try checked { (latents * latents).mean().item() }
      #expect(abs(square - 1) < 0.02, "the weights are kept in half precision")
      let pair = try Sound(contentsOf: folder.file("run/samples/0000004-0.flac"))
      #expect(pair.frames == 2 * 128 && pair.sampleRate == 1000)
      // The first half is the clip itself.
      #expect(try pair.part(0..<128).samples == set.batch([0]).values(as: Float.self))
    }

    @Test(
      "a run that was stopped and goes on ends with the bits of one that was not",
      arguments: ["transformer.json", "follower.json"])
    func resumes(recipe: String) throws {
      try train(recipe, to: "whole")
      #expect(throws: CancellationError.self) { try train(recipe, to: "cut", stoppingAt: 3) }
      try train(recipe, to: "cut")
      for part in ["transformer", "projection_model"] {
        let file = "model/\(part)/diffusion_pytorch_model.safetensors"
        #expect(
          try Data(contentsOf: folder.file("whole/\(file)"))
            == Data(contentsOf: folder.file("cut/\(file)")))
      }
      // What training leaves is a whole model.
      let model = try TextToSoundModel(SoundModelFolder(folder.file("whole/model")))
      #expect(model.longest == 0.128)
    }

    @Test("a training with melodies leaves a model that follows them")
    func melodies() throws {
      try train("follower.json", to: "whole")
      #expect(try TextToSoundModel(SoundModelFolder(folder.file("whole/model"))).followsMelodies)
      // What is played of words, and of a melody as well.
      let samples = folder.file("whole/samples")
      let played = try Sound(contentsOf: samples.appending(path: "0000006-0-melody.flac"))
      #expect(try played != Sound(contentsOf: samples.appending(path: "0000006-0.flac")))
    }

    @Test("melodies are as long as their sounds, and unseen as often as the recipe says")
    func seen() throws {
      var training = try JSONDecoder().decode(
        TextToSoundTraining.self, from: Data(contentsOf: folder.file("follower.json")))
      training.shortShare = 0
      let cache = folder.file("cache")
      let all = [Int](repeating: 1, count: 400)
      func inputs(_ dropout: Double) throws -> SoundLatents {
        training.melodyDropout = dropout
        return try SoundLatents(for: training, cache: cache, report: { _ in })
      }
      let whole = try #require(try inputs(1e-9).melody(1))
      let seen = try #require(try inputs(1e-9).batch(all, Generator(seed: 1)).melody)
      #expect(distance(seen, whole.expanded([400, 8, 8])) == 0)
      let some = try #require(try inputs(0.25).batch(all, Generator(seed: 1)).melody)
      let sizes = some.absolute().sum(dims: [1, 2]).values(as: Double.self)
      #expect((70...130).contains(sizes.count { $0 == 0 }))
      // Melodies end with the sounds: what follows is the same silence.
      training.shortShare = 1
      let short = try inputs(1e-9).batch([0, 1, 2, 3], Generator(seed: 2))
      let melody = try #require(short.melody)
      func last(_ x: Tensor) -> Tensor { x.narrowed(dim: 2, start: 7, length: 1) }
      #expect(short.seconds.allSatisfy { $0 < 0.128 })
      #expect(distance(last(short.x0), last(melody)) == 0)
    }

    @Test("a sound without a melody is named")
    func missing() throws {
      let file = folder.file("sounds/metadata.jsonl")
      let text = try String(contentsOf: file, encoding: .utf8)
      try folder.write(
        text.replacing("\"melody\": \"melodies/2.flac\", ", with: "").utf8,
        to: "sounds/metadata.jsonl")
      let error = #expect(throws: TrainingDataError.self) { try train("follower.json", to: "run") }
      #expect(error?.description.hasPrefix("2.flac in ") == true)
      try train("transformer.json", to: "run")
    }

    @Test("clips are whole numbers in memory, cut or followed by silence, and crops are parts")
    func sets() throws {
      let form = SoundSet.Form(channels: 1, sampleRate: 1000, frames: 160)
      let set = try SoundSet(folder: folder.file("sounds"), form: form, split: "heldout")
      #expect(set.records.map(\.fileName) == ["5.flac"])
      let samples = set.batch([0]).values(as: Float.self)
      let expected = try Sound(contentsOf: folder.file("sounds/5.flac")).samples
      #expect(samples == expected + [Float](repeating: 0, count: 32))
      let crop = set.crops([0, 0], frames: 40, Generator(seed: 1))
      #expect(crop.shape.sizes == [2, 1, 40])
      for row in 0..<2 {
        let part = crop.selected(dim: 0, index: row).values(as: Float.self)
        #expect((0...120).contains { Array(samples[$0..<$0 + 40]) == part })
      }
      #expect(throws: TrainingDataError.self) {
        try SoundSet(folder: folder.file("sounds"), form: form, split: "elsewhere")
      }
    }

    @Test(
      "a recipe that does not fit itself or its autoencoder is refused, by name",
      arguments: [
        ("autoencoder", "\"cropFrames\": 64", "\"cropFrames\": 60", "cropFrames"),
        ("autoencoder", "\"clipFrames\": 128", "\"clipFrames\": 48", "clipFrames"),
        ("autoencoder", "[16, 32]", "[6]", "windows"),
        ("autoencoder", "\"clips\": 4", "\"clips\": 0", "clips"),
        ("transformer", "\"clipFrames\": 128", "\"clipFrames\": 64", "clipFrames"),
        ("transformer", "\"in_channels\": 8", "\"in_channels\": 4", "transformer.in_channels"),
        ("transformer", "\"out_channels\": 8", "\"out_channels\": 4", "transformer.out_channels"),
        ("follower", "\"in_channels\": 16", "\"in_channels\": 8", "transformer.in_channels"),
        ("follower", "\"melodyDropout\": 0.25", "\"melodyDropout\": 0", "melodyDropout"),
        ("follower", "\"melodyDropout\": 0.25", "\"melodyDropout\": 1", "melodyDropout"),
        (
          "transformer", "\"global_states_input_dim\": 24", "\"global_states_input_dim\": 12",
          "transformer.global_states_input_dim"
        ),
        (
          "transformer", "\"cross_attention_input_dim\": 12", "\"cross_attention_input_dim\": 24",
          "transformer.cross_attention_input_dim"
        ),
      ])
    func refusals(recipe: String, old: String, new: String, name: String) throws {
      let text = try String(contentsOf: folder.file("\(recipe).json"), encoding: .utf8)
      #expect(text.contains(old))
      try folder.write(text.replacing(old, with: new).utf8, to: "changed.json")
      let error = #expect(throws: TrainingError.self) { try train("changed.json", to: "run") }
      #expect(error?.description.hasPrefix(name) == true, "\(error?.description ?? "")")
    }
  }
}
