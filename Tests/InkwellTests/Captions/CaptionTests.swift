import Checkpoints
import Diffusion
import Evaluation
import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// A model that learnt to tell red squares from green ones.
  @Suite(.serialized) struct CaptionTests {
    let folder: TemporaryFolder
    let notes: [String]

    init() throws {
      folder = try CaptionFixture.make()
      Machine.threads = 1
      notes = try CaptionFixture.train(folder)
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func request(
      _ pictures: [String], seed: UInt64 = 0, guidance: Double = 1, sampling: Unmasking? = nil,
      agreement: Double = 0.5
    ) throws -> CaptionPictures.Request {
      try CaptionPictures.Request(
        model: path("run/model/"), pictures: pictures.map(path), agreement: agreement, seed: seed,
        guidance: guidance, sampling: sampling)
    }

    private func make(
      _ request: CaptionPictures.Request
    ) async throws -> (record: CaptionRecord, broken: [String]) {
      var (record, broken): (CaptionRecord?, [String]) = (nil, [])
      for try await event in CaptionPictures(threads: 1)(request) {
        switch event {
        case .record(let made): record = made
        case .broken(let file, _): broken.append(file)
        case .loading, .caption: continue
        }
      }
      return (try #require(record), broken)
    }

    @Test("held-out pictures are called what they are, whatever the way of saying it")
    func names() async throws {
      #expect(notes.last == "8 of 8 pictures of heldout are called what they are")
      let files = (16..<24).map { "pictures/\($0).png" }
      for sampling in [
        nil, Unmasking(order: .surest, steps: 2, temperature: 0.5),
        Unmasking(order: .surest, steps: 1, temperature: 0),
      ] {
        let made = try await make(request(files, sampling: sampling)).record.captions
        #expect(made.map(\.text) == (16..<24).map { CaptionFixture.names[$0 % 2] })
        #expect(made.filter { !$0.isSure } == [])
      }
      // What is said without looking is neither of the two each time.
      let blind = try await make(request(files, guidance: 0)).record.captions
      #expect(Set(blind.map(\.text)).count == 1 && !blind.allSatisfy { $0.agreement > 0.9 })
    }

    @Test("a folder's captions are lines that training reads, and are made again to the byte")
    func folders() async throws {
      let inside = folder.file("new")
      for index in 0..<3 {
        try folder.write(
          CaptionFixture.picture(index % 2, 30 + index).encoded(as: .png), to: "new/\(index).png")
      }
      try folder.write("no picture".utf8, to: "new/broken.png")
      try folder.write("no picture".utf8, to: "new/notes.txt")
      let (record, broken) = try await make(request(["new/"]))
      #expect(broken.map { URL(filePath: $0).lastPathComponent } == ["broken.png"])
      #expect(try record.writeMetadata(of: inside, unsure: false) == 3)
      let read = try ImageFolder(contentsOf: inside)
      #expect(read.records.map(\.fileName) == ["0.png", "1.png", "2.png"])
      #expect(read.records.map(\.text) == ["a red apple", "green cat", "a red apple"])
      let file = CaptionRecord.record(of: inside)
      try record.write(to: file)
      #expect(try CaptionRecord(contentsOf: file) == record)
      var again: CaptionRecord?
      let request = Regenerate.Request(file: file.path(percentEncoded: false))
      for try await event in CaptionPictures()(request) {
        if case .record(let made) = event { again = made }
      }
      try #require(again).write(to: folder.file("again.json"))
      #expect(try Data(contentsOf: folder.file("again.json")) == Data(contentsOf: file))

      try folder.write(CaptionFixture.picture(1, 3).encoded(as: .png), to: "new/0.png")
      await #expect(throws: ProvenanceError.otherSource(file: path("new/0.png"))) {
        for try await _ in CaptionPictures()(request) {}
      }
    }

    @Test(
      "where too few captions agree, the model isn't sure, and has no line unless it is asked to")
    func unsure() async throws {
      try folder.write(CaptionFixture.picture(0, 1).encoded(as: .png), to: "odd/0.png")
      let blind = try request(["odd/"], guidance: 0, agreement: 1)
      let (record, _) = try await make(blind)
      let caption = try #require(record.captions.first)
      #expect(!caption.isSure && caption.agreement < 1 && !caption.others.isEmpty)
      #expect(try record.writeMetadata(of: folder.file("odd"), unsure: false) == 0)
      #expect(try record.writeMetadata(of: folder.file("odd"), unsure: true) == 1)
    }

    @Test("a caption depends neither on the pictures beside it nor on its place")
    func alone() async throws {
      let all = try await make(request((16..<24).map { "pictures/\($0).png" }, guidance: 0.3))
      let one = try await make(request(["pictures/21.png"], guidance: 0.3))
      #expect(one.record.captions == [all.record.captions[5]])
    }

    @Test("a named picture that cannot be read, an empty folder and a stop end the run")
    func failures() async throws {
      try folder.write("no picture".utf8, to: "broken.png")
      await #expect(throws: ImageError.self) { try await make(request(["broken.png"])) }
      try folder.write("x".utf8, to: "empty/notes.txt")
      await #expect(throws: PictureFilesError.none(folder: path("empty"))) {
        try await make(request(["empty"]))
      }
      let stop = StopSignal()
      stop.request()
      let whole = try request(["pictures/"])
      await #expect(throws: CancellationError.self) {
        for try await _ in CaptionPictures()(whole, until: stop) {}
      }
    }

    @Test("the program labels a folder, keeps what is there, and makes the captions again")
    func program() throws {
      try folder.write(CaptionFixture.picture(1, 2).encoded(as: .png), to: "own/a.png")
      func run(_ arguments: String...) throws -> CommandRun.Output {
        try CommandRun(arguments, in: folder).finish()
      }
      let model = ["--model", "run/model/"]
      let made = try CommandRun(["caption", "own", "--threads", "1"] + model, in: folder).finish()
      #expect(made.status == 0 && made.output == "own/a.png\tgreen cat\n", "\(made.errors)")
      let read = try ImageFolder(contentsOf: folder.file("own"))
      #expect(read.records.map(\.text) == ["green cat"])
      let again = try CommandRun(["caption", "own"] + model, in: folder).finish()
      #expect(again.status == 1 && again.errors.contains("metadata.jsonl is there already"))
      let forced = try CommandRun(
        ["caption", "own", "--force", "--samples", "1", "--order", "surest", "--json"] + model,
        in: folder
      ).finish()
      #expect(forced.status == 0 && forced.output.contains("\"isSure\":true"))
      let same = try run("regenerate", "own/captions.json")
      #expect(same.errors.contains("captions-again.json: the same bytes as own/captions.json"))
      let none = try CommandRun(["caption", "none.png"] + model, in: folder).finish()
      #expect(none.status == 1 && none.errors.contains("none.png: "), "\(none.errors)")
      let empty = try CommandRun(["caption", "run/model/text_model"] + model, in: folder).finish()
      #expect(empty.status == 3 && empty.errors.contains("expected pictures"), "\(empty.errors)")
      let judged = try CommandRun(
        ["evaluate", "--data", "pictures", "--output", "page", "--as", "pictures"] + model,
        in: folder
      ).finish()
      #expect(judged.status == 64, "\(judged.errors)")
      #expect(judged.errors.contains("--as is for models that draw and describe"))
      let order = try CommandRun(["caption", "own/a.png", "--order", "last"] + model, in: folder)
        .finish()
      #expect(order.status == 64 && order.errors.contains("expected random or surest, found last"))
    }

    @Test("a training begins with a trained model, if it says the same words with the same sizes")
    func furtherTraining() throws {
      let recipe = try String(contentsOf: folder.file("captions.json"), encoding: .utf8)
      let brief = recipe.replacing("\"steps\": 120", with: "\"steps\": 1")
        .replacing("\"peak\": 0.005", with: "\"peak\": 1e-9")
      try folder.write(brief.utf8, to: "captions.json")
      var further = try CaptionFixture.training(folder)
      further.initial = path("run/model/")
      let notes = try CaptionFixture.train(folder, further, run: "further")
      #expect(notes.last == "8 of 8 pictures of heldout are called what they are")

      var wider = further
      wider.maximumTokens = 7
      #expect(throws: ConfigurationError.self) {
        try CaptionFixture.train(folder, wider, run: "wider")
      }
      let tokenizer = folder.file("run/model/text_model/tokenizer.json")
      let words = try String(contentsOf: tokenizer, encoding: .utf8)
      try folder.write(
        words.replacing("apple", with: "pear").utf8, to: "run/model/text_model/tokenizer.json")
      #expect(throws: TrainingDataError.vocabulary(tokenizer.path(percentEncoded: false))) {
        try CaptionFixture.train(folder, further, run: "other")
      }
    }

    @Test("the last stages of the picture encoder learn where a recipe says so, and no others")
    func trainedStages() throws {
      func encoder(_ run: String) throws -> [String: [Float]] {
        let file = folder.file("\(run)/model/picture_encoder/model.safetensors")
        let weights = try Checkpoint(contentsOf: file)
        return try Dictionary(
          uniqueKeysWithValues: weights.names.map {
            ($0, try weights.tensor($0).converted(to: .float32).values(as: Float.self))
          })
      }
      var training = try CaptionFixture.training(folder)
      training.initial = path("run/model/")
      training.trainedStages = 1
      training.plan = try TrainingPlan(
        steps: 10, batchSize: 8, learningRate: LearningRate(peak: 1e-4, warmupSteps: 1), seed: 3)
      let notes = try CaptionFixture.train(folder, training, run: "seeing")
      #expect(notes.last == "8 of 8 pictures of heldout are called what they are")
      let (given, learnt) = (try encoder("run"), try encoder("seeing"))
      let changed = given.keys.filter { given[$0] != learnt[$0] }
      #expect(changed.contains("_conv_head.weight") && changed.contains("_blocks.15._bn2.bias"))
      let last = ["_blocks.15.", "_conv_head.", "_bn1."]
      #expect(changed.filter { name in !last.contains { name.hasPrefix($0) } } == [])
      #expect(changed.filter { $0.contains("running_") } == [])

      // Another training sees as that model does.
      training.initial = path("seeing/model/")
      training.trainedStages = nil
      let peak = LearningRate(peak: 1e-9, warmupSteps: 1)
      training.plan = try TrainingPlan(steps: 1, batchSize: 8, learningRate: peak, seed: 3)
      let further = try CaptionFixture.train(folder, training, run: "further")
      #expect(further.last == "8 of 8 pictures of heldout are called what they are")
      #expect(try encoder("further") == learnt)
    }

    @Test("parts that do not fit together are refused")
    func misfits() async throws {
      let index = folder.file("run/model/model_index.json")
      let text = try String(contentsOf: index, encoding: .utf8)
      func refusal(_ old: String, _ new: String) throws -> String {
        #expect(text.contains(old))
        try folder.write(text.replacing(old, with: new).utf8, to: "run/model/model_index.json")
        let error = #expect(throws: ModelError.self) {
          try PictureToTextModel(CaptionModelFolder(folder.file("run/model")))
        }
        return "\(try #require(error))"
      }
      #expect(
        try refusal("\"maximum_tokens\" : 6", "\"maximum_tokens\" : 7")
          .contains("expected maximum_tokens of 2 to 6, found 7"))
      #expect(
        try refusal("\"seen_side\" : 64", "\"seen_side\" : 96")
          .contains("expected a text model with features of 1289, found 1284"))
    }

    @Test("an evaluation tells the model from chance, and writes its page")
    func evaluation() throws {
      var evaluate = EvaluateCaptions(
        model: path("run/model/"), data: path("pictures"), output: path("page"))
      evaluate.textEncoder = path("text")
      let figures = try evaluate()
      let split = try #require(figures.splits["heldout"])
      #expect(split.pictures == 8 && figures.trainingPictures == 16)
      #expect(split.said.exact.value == 1 && split.said.words.value == 1)
      #expect(abs(split.said.likeness.value - 1) < 1e-5)
      #expect(split.nearest.exact.value == 1)
      #expect(split.chance.exact.value < 1)
      #expect(split.sure.value == 1 && split.exactWhereSure?.value == 1)
      #expect(split.exactWhereUnsure == nil)
      let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
      #expect(page.contains("The model is sure of 100.0 %") && page.contains("](captions.png)"))
      #expect(!page.contains(folder.url.path(percentEncoded: false)))
      evaluate.pictures = 7
      #expect(throws: EvaluationError.value("pictures", expected: "8 or more", found: "7")) {
        try evaluate()
      }
    }
  }
}
