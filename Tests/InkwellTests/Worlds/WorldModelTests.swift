import Diffusion
import Foundation
import Layers
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// Models of a world: their mathematics, their data and their training.
  @Suite("models of a world")
  struct WorldModelTests {
    private let folder: TemporaryFolder

    init() throws {
      // Sums depend on the number of threads, and so small a network is fastest with one.
      Machine.threads = 1
      folder = try TinyWorld.make()
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    /// A network that has not learned anything outputs 0, which is right for unit Gaussian data
    /// with the deviation that the preconditioning assumes: the flow then scales the noise.
    @Test("a new network walks the flow of a Gaussian, to the order of Euler's method")
    func gaussian() throws {
      let store = ParameterStore(initializing: Generator(seed: 1))
      let unet = try store.network { ADMUNet($0, TinyWorld.network) }
      let model = try WorldModel(unet, about: TinyWorld.about, place: "here")
      let past = Tensor.zeros([2, 3, 32, 32])
      let noise = NoiseSource(seeds: [4]).normal([48, 8, 8]) * 5
      let exact = (noise * (0.5 / hypot(5, 0.5))).pixelShuffled(4).squeezed(0)
      func error(_ steps: Int) throws -> Double {
        let found = try withoutGradients {
          try model.next(after: past, action: 0, steps: steps, noise: NoiseSource(seeds: [4]))
        }
        let square = (found - exact) * (found - exact)
        return square.mean().values(as: Double.self)[0].squareRoot()
      }
      #expect(try error(16) < 0.06)
      #expect(try error(32) < 0.6 * error(16))
    }

    @Test("a frame depends on the past, the action and the seed, and on nothing else")
    func depends() throws {
      let model = try WorldModel(TinyWorld.model(folder))
      let past = try EpisodeSet(folder: folder.file("street"), split: "train").frames([0, 1])
      func next(_ past: Tensor, action: Int = 1, seed: UInt64 = 5) throws -> [Float] {
        var rollout = WorldRollout(model, start: past, seed: seed)
        try rollout.step(action)
        return rollout.frames.selected(dim: 0, index: 2).values(as: Float.self)
      }
      let first = try next(past)
      #expect(try next(past) == first)
      #expect(try next(past, action: 2) != first && next(past, seed: 6) != first)
      #expect(try next(past * 0.5) != first)
      // What is shown is in 8 bits.
      #expect(first.allSatisfy { abs(($0 + 1) * 127.5 - (($0 + 1) * 127.5).rounded()) < 1e-3 })
    }

    @Test("the drives are read as they were made, and each frame has the action that leads to it")
    func reads() throws {
      let set = try EpisodeSet(folder: folder.file("street"), split: "train")
      #expect(set.length == 8 && set.side == 32 && set.labels.count > 3)
      let labels = set.labels[1]
      let drive = try StreetEpisode(
        StreetSettings(frames: 8).plan(of: labels.episode, seed: 2), frames: 8, side: 32)
      let frames = set.frames((8..<16).map { $0 })
      #expect(try Clip(tensor: frames, frameRate: FrameRate(10)) == drive.frames)
      #expect(set.count(past: 2) == set.labels.count * 6)
      // The first target of the second drive is its third frame.
      let target = set.target(6, past: 2)
      #expect(target.frame == 10 && target.action == drive.actions[1].number)
      #expect(set.target(5, past: 2).frame == 7)
      let held = try EpisodeSet(folder: folder.file("street"), split: "train", limit: 2)
      #expect(held.labels == Array(set.labels[..<2]))
    }

    @Test("data that are not as they were written are refused by name")
    func refusesData() throws {
      let street = folder.file("street")
      #expect(throws: TrainingDataError.self) { try EpisodeSet(folder: street, split: "test") }
      let shard = street.appending(path: "shard-000001.tar")
      let bytes = try Data(contentsOf: shard)
      try Data([1]).write(to: shard)
      func message() -> String {
        let error = #expect(throws: SynthesizeError.self) {
          try EpisodeSet(folder: street, split: "train")
        }
        return error?.description ?? ""
      }
      #expect(message().hasSuffix("expected the file that the manifest names, found another"))
      try bytes.write(to: shard)
      _ = try EpisodeSet(folder: street, split: "train")
      try Data("{}".utf8).write(to: street.appending(path: "manifest.json"))
      #expect(message().contains("manifest.json: "))
      try FileManager.default.removeItem(at: street)
      #expect(message().contains("manifest.json: "))
    }

    @Test("a training ends lower than it began, and resumed it has the bytes of one that was not")
    func trains() throws {
      try TinyWorld.training(folder, steps: 8)(folder: folder.file("cut"))
      try TinyWorld.training(folder, steps: 24)(folder: folder.file("cut"))
      try TinyWorld.training(folder, steps: 24)(folder: folder.file("whole"))
      let weights = "model/unet/diffusion_pytorch_model.safetensors"
      #expect(
        try Data(contentsOf: folder.file("cut/\(weights)"))
          == Data(contentsOf: folder.file("whole/\(weights)")))
      let losses = try String(contentsOf: folder.file("whole/loss.csv"), encoding: .utf8)
        .split(separator: "\n").dropFirst().compactMap { Double($0.split(separator: ",")[1]) }
      let first: Double = losses.prefix(6).reduce(0, +)
      let last: Double = losses.suffix(6).reduce(0, +)
      #expect(losses.count == 24 && last < 0.9 * first, "\(first) to \(last)")
      let model = try WorldModel(WorldModelFolder(folder.file("whole/model")))
      #expect(model.about.pastFrames == 2 && model.about.actions.count == 5)
      // Four drives and their rollouts of eight frames, in cells with a border of 4.
      let sheet = try Image(contentsOf: folder.file("whole/samples/0000024.png"))
      #expect(sheet.width == 8 * 36 + 4 && sheet.height == 8 * 36 + 4)
    }

    @Test("a training starts from a trained model of the same sizes")
    func furtherTraining() throws {
      let weights = "unet/diffusion_pytorch_model.safetensors"
      let start = try TinyWorld.model(folder).url
      var training = try TinyWorld.training(folder, steps: 1)
      training.initial = start.path(percentEncoded: false)
      try training(folder: folder.file("further"))
      let change = try greatestChange(
        from: start.appending(path: weights), to: folder.file("further/model/\(weights)"))
      // One step of Adam moves no weight by much more than the rate.
      #expect(change > 0 && change < 0.004)
      training.network.modelChannels = 64
      #expect(throws: ConfigurationError.self) { try training(folder: folder.file("wider")) }
    }

    @Test("numbers that do not fit together are refused by name")
    func refusesRecipes() throws {
      func refusal(_ change: (inout WorldTraining) -> Void) throws -> String {
        var training = try TinyWorld.training(folder, steps: 1)
        change(&training)
        let error = #expect(throws: (any Error).self) { try training(folder: folder.file("run")) }
        return error.map { "\($0)" } ?? ""
      }
      #expect(try refusal { $0.pastFrames = 0 } == "pastFrames: expected 1 to 64, found 0")
      #expect(
        try refusal { $0.pastFrames = 8 }
          == "pastFrames: expected less than the 8 frames of a drive, found 8")
      #expect(try refusal { $0.patchSize = 17 }.hasPrefix("patchSize: expected 1 to 16"))
      #expect(try refusal { $0.pastNoise = 2 }.hasPrefix("pastNoise: expected 0 to 1"))
      #expect(try refusal { $0.levelMean = .nan }.hasPrefix("levelMean: expected a number"))
      #expect(try refusal { $0.levelDeviation = 0 }.hasPrefix("levelDeviation: expected a number"))
      #expect(
        try refusal { $0.pastFrames = 3 }
          == "network: expected channels into the network: 192, found 144")
      #expect(try refusal { $0.network.outChannels = 96 }.contains("channels out of the network"))
      #expect(try refusal { $0.network.imageSize = 16 }.contains("image_size of the network"))
      #expect(try refusal { $0.network.labels = nil }.contains("a network told 5 actions"))
      #expect(try !folder.contents().contains("run"))
    }

    @Test("a folder that is no such model is refused by what it lacks or has")
    func refusesFolders() throws {
      let index = try TinyWorld.model(folder).url.appending(path: "model_index.json")
      let library = TinyWorld.library(folder)
      let found = try library.worldModel("world")
      #expect(found.index.about == TinyWorld.about && found.name == "world")
      #expect(try library.kind(in: found.url) == .worlds && found.byteCount > 100_000)
      try folder.write(#"{"_class_name": "Other"}"#.utf8, to: "models/other/model_index.json")
      #expect(try library.kind(in: folder.file("models/other")) == .pictures)
      let text = try String(contentsOf: index, encoding: .utf8)
      for (old, new, message) in [
        ("\"WorldModel\"", "\"Other\"", "expected WorldModel, found Other"),
        ("\"past_frames\" : 2", "\"past_frames\" : 0", "past_frames: 1...64"),
        ("\"sigma_max\" : 5", "\"sigma_max\" : 0", "sigma_max: above 0.01"),
      ] {
        #expect(text.contains(old), "\(old)")
        try text.replacing(old, with: new).write(to: index, atomically: true, encoding: .utf8)
        let error = #expect(throws: ModelError.self) {
          try WorldModel(library.worldModel("world"))
        }
        #expect(error?.description.contains(message) == true, "\(error as Any)")
      }
      #expect(throws: ModelError.self) { try library.worldModel("wrold") }
      #expect(throws: ModelError.self) { try library.worldModel(path("models")) }
    }

    @Test("the recipe in the repository reads")
    func recipe() throws {
      var root = URL(filePath: #filePath)
      for _ in 0..<4 { root.deleteLastPathComponent() }
      let recipe = try TrainingRecipe(contentsOf: root.appending(path: "Recipes/street/world.json"))
      let bytes = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(TrainingRecipe.self, from: bytes) == recipe)
    }
  }
}
