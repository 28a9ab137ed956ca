import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  @Suite(.serialized) struct ShapeTests {
    let folder: TemporaryFolder
    let shapes: MakeShapes

    init() throws {
      folder = try ShapeFixture.make()
      shapes = MakeShapes(library: ShapeFixture.library(folder), threads: 1)
    }

    private func request(
      _ prompts: [String] = ["a red apple"], count: Int = 1, seed: UInt64 = 7,
      points: Int? = nil, meshing: Meshing? = nil
    ) throws -> MakeShapes.Request {
      try MakeShapes.Request(
        model: "tiny", prompts: prompts, count: count, seed: seed, points: points,
        meshing: meshing)
    }

    private func made(
      _ events: AsyncThrowingStream<MakeShapes.Event, any Error>
    ) async throws -> [MadeShape] {
      var made: [MadeShape] = []
      for try await event in events { if case .shape(let shape) = event { made.append(shape) } }
      return made
    }

    @Test("a seed gives the same shape whatever else is made, another seed or prompt another one")
    func seeds() async throws {
      let first = try await made(shapes(request(["a red apple", "a green cat"], count: 2)))
      #expect(first.map(\.seed) == [7, 8, 9, 10])
      #expect(first.map(\.prompt) == ["a red apple", "a red apple", "a green cat", "a green cat"])
      #expect(first.allSatisfy { $0.shape.positions.count == 64 })
      let again = try await made(shapes(request(seed: 8)))
      #expect(again[0].shape == first[1].shape && again[0].provenance == first[1].provenance)
      let other = try await made(shapes(request(["a green cat"])))
      #expect(other[0].shape != first[0].shape && first[0].shape != first[1].shape)
      let more = try await made(shapes(request(points: 100)))
      #expect(more[0].shape.positions.count == 100)
    }

    @Test(
      "a file says how its shape was made, which makes it again", arguments: ["ply", "glb", "obj"])
    func regenerates(format: String) async throws {
      for meshing in [nil, Meshing(resolution: 12)] {
        let first = try await made(shapes(request(meshing: meshing)))
        let (file, copy) = (folder.file("a.\(format)"), folder.file("b.\(format)"))
        try first[0].save(to: file)
        let again = Regenerate.Request(file: file.path(percentEncoded: false))
        let second = try await made(shapes(again))
        try second[0].save(to: copy)
        #expect(try Data(contentsOf: file) == Data(contentsOf: copy))
        if meshing != nil {
          guard case .mesh(let mesh) = first[0].shape else { return #expect(Bool(false)) }
          #expect(mesh.isWatertight)
        }
      }
    }

    @Test("a file of another model, of no model or of another layout is refused")
    func refusesFiles() async throws {
      let first = try await made(shapes(request()))
      let file = folder.file("a.ply")
      try first[0].save(to: file)
      try folder.write([1], to: "models/tiny/scheduler/unused")
      let index = folder.file("models/tiny/model_index.json")
      let text = try String(contentsOf: index, encoding: .utf8)
      try folder.write(
        text.replacing("noise", with: "nothing").utf8, to: "models/tiny/model_index.json")
      let again = Regenerate.Request(file: file.path(percentEncoded: false))
      await #expect(throws: ProvenanceError.self) { _ = try await made(shapes(again)) }
      for record in [nil, "{}", #"{"version": 9}"#, #"{"version": 1}"#] {
        try ShapeFile(first[0].shape, record: record).save(to: file)
        #expect(throws: ProvenanceError.self) { try ShapeProvenance(contentsOf: file) }
      }
    }

    @Test("the command writes files and a page, and makes a file again")
    func command() throws {
      let model = folder.file("models/tiny").path(percentEncoded: false)
      let run = try CommandRun(
        [
          "shape", "a red apple", "--model", model, "--seed", "5", "--count", "2", "--mesh",
          "--resolution", "10", "--output", "out/", "--page", "out/all.html",
        ], in: folder
      ).finish()
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        run.output.split(separator: "\n").map { $0.split(separator: "/").last }
          == ["a-red-apple-5.glb", "a-red-apple-6.glb", "all.html"])
      let page = try String(contentsOf: folder.file("out/all.html"), encoding: .utf8)
      #expect(page.contains("seed 6, ") && page.contains(" triangles"))
      let again = try CommandRun(
        ["regenerate", "out/a-red-apple-6.glb", "--model", model], in: folder
      ).finish()
      #expect(again.status == 0 && again.errors.contains("the same bytes as"), "\(again.errors)")
      for (options, status) in [
        (["--output", "a.png"], 64), (["--resolution", "10"], 64), (["--page", "a.txt"], 64),
        (["--points", "9"], 64), (["--steps", "0"], 64), (["--sampler", "none"], 64),
        (["--model", "nowhere/"], 3),
      ] as [([String], Int32)] {
        let refused = try CommandRun(
          ["shape", "a cat", "--model", model] + options, in: folder
        ).finish()
        #expect(refused.status == status && !refused.errors.isEmpty, "\(options)")
      }
    }

    @Test(
      "a request out of range is refused by name",
      arguments: [
        (#""count":1"#, #""count":0"#, "count"), (#""count":1"#, #""count":1001"#, "count"),
        (#""points":64"#, #""points":63"#, "points"),
        (#""points":64"#, #""points":9000"#, "points"),
        (#""resolution":8"#, #""resolution":7"#, "resolution"),
        (#""reach":1"#, #""reach":0"#, "reach"), (#""reach":1"#, #""reach":2.5"#, "reach"),
        (#""a""#, "", "prompt"), (#""a""#, #""a\u0000""#, "prompt"),
      ])
    func refusals(old: String, new: String, name: String) throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      let request = try MakeShapes.Request(
        prompts: ["a"], seed: 1, points: 64, meshing: Meshing(resolution: 8, reach: 1))
      let text = String(decoding: try encoder.encode(request), as: UTF8.self)
      #expect(text.contains(old))
      let error = #expect(throws: GenerateError.self) {
        try JSONDecoder().decode(
          MakeShapes.Request.self, from: Data(text.replacing(old, with: new).utf8))
      }
      #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
    }

    @Test("a page has all numbers in it, and no text ends its data")
    func page() async throws {
      let first = try await made(shapes(request(["a </script><b> apple"])))
      let page = String(decoding: try ShapePage(first).html, as: UTF8.self)
      #expect(page.components(separatedBy: "</script>").count == 3)
      #expect(!page.contains("<b>") && !page.contains("http:") && !page.contains("https:"))
      let json = try #require(
        page.components(separatedBy: #"id="shapes">"#).last?.components(separatedBy: "</script>")
          .first)
      struct Entry: Decodable {
        let prompt: String
        let places: Data
        let colors: Data
        let faces: Data?
      }
      let entries = try JSONDecoder().decode([Entry].self, from: Data(json.utf8))
      #expect(entries[0].prompt == "a </script><b> apple" && entries[0].faces == nil)
      let numbers = entries[0].places.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      #expect(numbers == first[0].shape.positions.flatMap { [$0.x, $0.y, $0.z] })
      #expect(
        Array(entries[0].colors) == first[0].shape.colors.flatMap { [$0.red, $0.green, $0.blue] })
    }

    @Test("parts that do not fit together are refused")
    func misfits() throws {
      let index = folder.file("models/tiny/model_index.json")
      let text = try String(contentsOf: index, encoding: .utf8)
      let changed = text.replacing(": 8,", with: ": 1,")
      #expect(changed != text)
      try folder.write(changed.utf8, to: "models/tiny/model_index.json")
      let model = try ShapeModelFolder(folder.file("models/tiny"))
      #expect(throws: ModelError.self) { try TextToShapeModel(model) }
    }
  }
}
