import Checkpoints
import Diffusion
import Evaluation
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
  /// A model that learnt to draw and to name red squares and green ones.
  @Suite(.serialized) struct PairTests {
    /// The model, which is trained once, and what was said of it.
    private static let trained = Result {
      let folder = try PairFixture.make()
      return (folder: folder, notes: try PairFixture.train(folder))
    }

    let folder: TemporaryFolder
    let notes: [String]

    init() throws {
      folder = try PairFixture.make()
      Machine.threads = 1
      let trained = try Self.trained.get()
      notes = trained.notes
      try FileManager.default.copyItem(at: trained.folder.file("run"), to: folder.file("run"))
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private var model: String { path("run/model/") }

    private func draw(
      _ prompts: [String], count: Int = 2, batchSize: Int = 4,
      options: Generate.Options = Generate.Options()
    ) async throws -> [Image] {
      let request = try Generate.Request(
        prompts: prompts, model: model, count: count, seed: 5, options: options)
      var images: [Image] = []
      for try await event in Generate(Workshop(batchSize: batchSize))(request) {
        if case .image(let picture) = event { images.append(picture.image) }
      }
      return images
    }

    /// By how much redder than green the middle of a picture is, in [-255, 255].
    private func redness(_ image: Image) -> Double {
      let middle = image.bytes.converted(to: .float32)
        .narrowed(dim: 1, start: 8, length: 16).narrowed(dim: 2, start: 8, length: 16)
      let means = middle.mean(dims: [1, 2]).values(as: Double.self)
      return means[0] - means[1]
    }

    @Test("what words say is drawn, and what pictures show is said, by one network")
    func bothWays() async throws {
      #expect(notes.last == "8 of 8 pictures of heldout are called what they are")
      let apples = try await draw(["a red apple"])
      let cats = try await draw(["green cat"])
      #expect(apples.allSatisfy { redness($0) > 60 }, "\(apples.map(redness))")
      #expect(cats.allSatisfy { redness($0) < -60 }, "\(cats.map(redness))")
      // Its own pictures are called what they were asked to be.
      for (index, image) in (apples + cats).enumerated() {
        try folder.write(image.encoded(as: .png), to: "drawn/\(index).png")
      }
      let request = try CaptionPictures.Request(
        model: model, pictures: (0..<4).map { path("drawn/\($0).png") }, agreement: 0.5)
      var said: [String] = []
      for try await event in CaptionPictures(threads: 1)(request) {
        if case .caption(let caption, _, _) = event { said.append(caption.text) }
      }
      #expect(said == ["a red apple", "a red apple", "green cat", "green cat"])
    }

    @Test("without words it draws one or the other, and without looking it says the same of all")
    func unguided() async throws {
      var options = Generate.Options()
      options.guidance = 1
      let drawn = try await draw([""], count: 12, options: options).map(redness)
      #expect(drawn.contains { $0 > 30 } && drawn.contains { $0 < -30 }, "\(drawn)")
      // What is said without looking does not depend on the picture, and with looking it does.
      func said(guidance: Double) async throws -> [[String]] {
        let request = try CaptionPictures.Request(
          model: model, pictures: [path("pictures/16.png"), path("pictures/17.png")], samples: 16,
          guidance: guidance)
        var said: [[String]] = []
        for try await event in CaptionPictures(threads: 1)(request) {
          if case .caption(let caption, _, _) = event {
            said.append([caption.text] + caption.others)
          }
        }
        return said
      }
      let (blind, seeing) = (try await said(guidance: 0), try await said(guidance: 1))
      #expect(blind.count == 2 && blind[0] == blind[1])
      #expect(seeing.count == 2 && seeing[0] != seeing[1])
    }

    @Test("a picture depends neither on what is drawn beside it nor on the batch's size")
    func batches() async throws {
      let together = try await draw(["a red apple", "green cat"], count: 2)
      let alone = try await draw(["a red apple", "green cat"], count: 2, batchSize: 1)
      #expect(together.count == 4)
      for (a, b) in zip(together, alone) {
        let difference = zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(difference <= 1)
      }
    }

    @Test("whole answers are kept to save steps, and deep blocks are not")
    func options() async throws {
      let plain = try await draw(["green cat"], count: 1)
      var options = Generate.Options()
      options.cache = .init(interval: 2, order: 1, kept: .whole)
      let kept = try await draw(["green cat"], count: 1, options: options)
      #expect(kept != plain && redness(kept[0]) < -60)
      options.cache = .init(interval: 2)
      let deep = GenerateError.unknownSetting(
        "deep cache", of: "a model of pictures and captions")
      await #expect(throws: deep) { try await draw(["green cat"], options: options) }
      // The search for good settings tries none of those.
      var tune = Tune(
        drawing: try Generate.Request(prompts: ["green cat"], model: model, count: 1, seed: 5))
      (tune.referenceSteps, tune.samplers, tune.steps) = (12, ["ddim"], [6])
      (tune.guidanceEnds, tune.precisions) = ([], [])
      let trials = try tune(Workshop()).trials
      #expect(trials.count > 1)
      #expect(trials.allSatisfy { $0.options.cache.map { $0.kept == .whole } ?? true })
    }

    @Test("words that it never learnt, and what it cannot do, are refused by name")
    func refused() async throws {
      let unknown = GenerateError.value(
        "prompt", expected: "words that the model was trained on", found: "photograph, of, dog")
      await #expect(throws: unknown) { try await draw(["a photograph of a dog red"]) }
      for (prompt, found) in [
        ("red apple!", "!"), ("[MASK] apple", "[MASK]"), ("a [SEP] cat", "[SEP]"),
      ] {
        let error = GenerateError.value(
          "prompt", expected: "words that the model was trained on", found: found)
        await #expect(throws: error) { try await draw([prompt]) }
      }
      var options = Generate.Options()
      options.size = PictureSize(width: 32, height: 64)
      let size = GenerateError.value(
        "size", expected: "a square, which is all that this model draws", found: "32x64")
      await #expect(throws: size) { try await draw(["green cat"], options: options) }
    }

    @Test("the library knows what it is, and the program draws and names with it")
    func program() throws {
      #expect(try ModelLibrary.standard.kind(of: model) == .pairs)
      let drawn = try CommandRun(
        ["generate", "green cat", "--model", "run/model/", "--output", "cat.png"], in: folder
      ).finish()
      #expect(drawn.status == 0, "\(drawn.errors)")
      let said = try CommandRun(
        ["caption", "cat.png", "--model", "run/model/", "--threads", "1"], in: folder
      ).finish()
      #expect(said.output == "cat.png\tgreen cat\n", "\(said.errors)")
      let varied = try CommandRun(
        [
          "vary", "cat.png", "a red apple", "--strength", "0.9", "--model", "run/model/",
          "--output", "apple.png",
        ], in: folder
      ).finish()
      #expect(varied.status == 0, "\(varied.errors)")
      #expect(try redness(Image(contentsOf: folder.file("apple.png"))) > 30)
      for name in ["cat", "apple"] {
        let again = try CommandRun(
          ["regenerate", "\(name).png", "--model", "run/model/"], in: folder
        ).finish()
        #expect(again.status == 0, "\(again.errors)")
        #expect(
          try Data(contentsOf: folder.file("\(name)-again.png"))
            == Data(contentsOf: folder.file("\(name).png")))
      }
      let weights = "run/model/unet/diffusion_pytorch_model.safetensors"
      let inspected = try CommandRun(["model", "inspect", weights], in: folder).finish()
      #expect(inspected.output.contains("UniDiffuser transformer"), "\(inspected.output)")
      try FileManager.default.copyItem(
        at: folder.file("run/model"), to: folder.file("Models/squares"))
      let listed = try CommandRun(["model", "list"], in: folder).finish()
      #expect(listed.output.contains("squares: squares, pairs, "), "\(listed.output)")
    }

    @Test("its captions and its pictures are judged, each on a page")
    func evaluation() throws {
      var captions = EvaluateCaptions(model: model, data: path("pictures"), output: path("said"))
      captions.textEncoder = path("text")
      let said = try #require(try captions().splits["heldout"])
      #expect(said.said.exact.value == 1 && said.chance.exact.value < 1)

      let metadata = try String(contentsOf: folder.file("pictures/metadata.jsonl"), encoding: .utf8)
      try folder.write(
        metadata.replacing("\"heldout\"", with: "\"heldout-pair\"").utf8,
        to: "pictures/metadata.jsonl")
      var pictures = Evaluate(
        model: model, data: path("pictures"), output: path("drawn"), pictures: 8)
      (pictures.resamples, pictures.retrievalSteps) = (5, 4)
      pictures.cache = path("cache")
      let evaluated = try EvaluatedModel(
        PairModelFolder(folder.file("run/model")), textEncoder: folder.file("text"))
      let figures = try pictures.run(
        evaluated, network: EvaluateTests.network(), until: StopSignal(), report: { _ in })
      #expect(figures.splits["heldout-pair"]?.pictures == 8)
      let page = try String(contentsOf: folder.file("drawn/README.md"), encoding: .utf8)
      #expect(page.contains("--data data/emoji --as pictures"))
      #expect(evaluated.prompt("a smiling red cat, drawn") == "a red cat")
    }

    @Test("a training goes on with a model that knows the same words, and with no other")
    func furtherTraining() throws {
      var further = try PairFixture.training(folder)
      further.initial = model
      further.plan = try TrainingPlan(
        steps: 1, batchSize: 8, learningRate: LearningRate(peak: 1e-9, warmupSteps: 1), seed: 3)
      let notes = try PairFixture.train(folder, further, run: "further")
      #expect(notes.last == "8 of 8 pictures of heldout are called what they are")
      var wider = further
      wider.maximumTokens = 7
      #expect(throws: ConfigurationError.self) {
        try PairFixture.train(folder, wider, run: "wider")
      }
      let file = "run/model/tokenizer/tokenizer.json"
      let words = try String(contentsOf: folder.file(file), encoding: .utf8)
      try folder.write(words.replacing("apple", with: "pear").utf8, to: file)
      #expect(throws: TrainingDataError.vocabulary(path(file))) {
        try PairFixture.train(folder, further, run: "other")
      }
    }

    @Test("a run that is resumed ends with the bytes of one that is not")
    func resumed() throws {
      func weights(_ run: String) throws -> Data {
        try Data(
          contentsOf: folder.file("\(run)/model/unet/diffusion_pytorch_model.safetensors"))
      }
      var training = try PairFixture.training(folder)
      func plan(_ steps: Int) throws -> TrainingPlan {
        try TrainingPlan(
          steps: steps, batchSize: 8, learningRate: LearningRate(peak: 1e-3, warmupSteps: 1),
          seed: 3, saveEvery: 4, sampleEvery: 8)
      }
      training.plan = try plan(8)
      try PairFixture.train(folder, training, run: "whole")
      #expect(throws: CancellationError.self) {
        var run: TrainingRun?
        try training(
          folder: folder.file("parts"), onStart: { run = $0 },
          report: {
            if case .progress(let progress) = $0, progress.step == 4 { run?.requestStop() }
          })
      }
      try PairFixture.train(folder, training, run: "parts")
      #expect(try weights("parts") == weights("whole"))
    }

    @Test("shares that are none, and parts that do not fit together, are refused")
    func misfits() throws {
      func refusal(_ change: (inout PictureAndTextTraining) throws -> Void) throws -> String {
        var training = try PairFixture.training(folder)
        try change(&training)
        let error = #expect(throws: RecipeError.self) {
          try PairFixture.train(folder, training, run: "refused")
        }
        return "\(try #require(error))"
      }
      for (key, change) in [
        ("side", { $0.side = 0 }), ("seenSide", { $0.seenSide = 31 }),
        ("framings", { $0.framings = 5 }), ("framings", { $0.framings = -1 }),
        ("maximumTokens", { $0.maximumTokens = 1 }), ("textWeight", { $0.textWeight = -1 }),
        ("textWeight", { $0.textWeight = .nan }),
        ("use_data_type_embedding", { $0.network.usesDataType = true }),
        ("patch_size", { $0.network.patchSize = 3 }),
        ("samplePrompts", { $0.samplePrompts = ["a cat", "a dog"] }),
      ] as [(String, (inout PictureAndTextTraining) -> Void)] {
        let found = try refusal(change)
        #expect(found.hasPrefix(key) || found.contains(".\(key): "), "\(key): \(found)")
      }
      #expect(try refusal { $0.samplePrompts = ["a dog"] }.hasSuffix("found dog"))
      #expect(try refusal { $0.knownTexts = 1.5 }.contains("knownTexts"))
      #expect(try refusal { $0.dropout = -0.1 }.contains("dropout"))
      #expect(try refusal { $0.knownPictures = 0.75 }.contains("knownPictures"))
      #expect(try refusal { $0.knownTexts = 1 }.contains("knownPictures"))
      #expect(
        try refusal {
          ($0.knownTexts, $0.knownPictures) = (1, 0)
        }.contains("room for a picture and a text"))

      let index = "run/model/model_index.json"
      let text = try String(contentsOf: folder.file(index), encoding: .utf8)
      for side in ["0", "100000"] {
        try folder.write(
          text.replacing("\"seen_side\" : 32", with: "\"seen_side\" : \(side)").utf8, to: index)
        #expect {
          try PairModel(PairModelFolder(folder.file("run/model")))
        } throws: {
          "\($0)".contains("seen_side of 32 to 512") && "\($0)".contains("found \(side)")
        }
      }
    }

    @Test("a batch is divided as near to the shares as can be, whatever its size")
    func parts() throws {
      var training = try PairFixture.training(folder)
      func parts(_ batch: Int, accumulation: Int = 1) throws -> [Int] {
        training.plan = try TrainingPlan(
          steps: 2, batchSize: batch, accumulation: accumulation,
          learningRate: LearningRate(peak: 1e-3, warmupSteps: 1), seed: 3)
        let parts = try PairParts(of: training)
        return [parts.knownTexts, parts.neither, parts.knownPictures]
      }
      (training.knownTexts, training.knownPictures) = (0.5, 0.25)
      #expect(try parts(16) == [8, 4, 4])
      #expect(try parts(16, accumulation: 2) == [4, 2, 2])
      (training.knownTexts, training.knownPictures) = (0.5, 0.5)
      #expect(try parts(15) == [8, 0, 7])
      (training.knownTexts, training.knownPictures) = (0, 0)
      #expect(try parts(3) == [0, 3, 0])
      // Steps of several parts, and of pairs of which neither is known.
      _ = try parts(8, accumulation: 2)
      let notes = try PairFixture.train(folder, training, run: "neither")
      #expect(notes.last?.hasSuffix("of 8 pictures of heldout are called what they are") == true)
    }

    @Test("words begin as far apart as those of the text encoder")
    func start() throws {
      var sizes = UniDiffuserConfiguration()
      (sizes.numAttentionHeads, sizes.attentionHeadDim, sizes.numLayers) = (2, 12, 1)
      (sizes.textDim, sizes.numTextTokens, sizes.sampleSize) = (3, 4, 4)
      let numbers = [9, 5, 7]
      let weights = try UniDiffuserTransformer.weights(
        sizes, words: folder.file("text"), numbers, seed: 1)
      let table = try Checkpoint(contentsOf: folder.file("text/model.safetensors"))
        .tensor("embeddings.word_embeddings.weight").converted(to: .float64)
      func distances(_ rows: Tensor) -> [Double] {
        (0..<3).flatMap { a in
          (0..<3).map { b in
            let difference = rows.selected(dim: 0, index: a) - rows.selected(dim: 0, index: b)
            return (difference * difference).sum().item()
          }
        }
      }
      // In as many directions as the encoder has, nothing is lost.
      let wanted = distances(table.indexSelected(dim: 0, Tensor(numbers)))
      for vectors in [
        try weights.tensor("text_out.weight"),
        try weights.tensor("text_in.weight").transposed(0, 1),
      ] {
        for (found, wanted) in zip(distances(vectors.converted(to: .float64)), wanted) {
          #expect(abs(found - wanted) < 1e-5 * (1 + wanted))
        }
      }
      sizes.attentionHeadDim = 14
      #expect(throws: LoadingError.self) {
        try UniDiffuserTransformer.weights(
          sizes, words: folder.file("text"), numbers, seed: 1)
      }
    }
  }
}
