import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// Shapes that are made of pictures.
  @Suite(.serialized) struct ShapePictureTests {
    let folder: TemporaryFolder
    let shapes: MakeShapes

    init() throws {
      Machine.threads = Machine.standardThreads
      folder = try ShapeFixture.make(seeing: true)
      shapes = MakeShapes(library: ShapeFixture.library(folder), threads: 1)
    }

    private func made(_ prompts: [String], _ picture: Int?) async throws -> MadeShape {
      let picture = picture.map { folder.file("shapes/\($0).png").path(percentEncoded: false) }
      let request = try MakeShapes.Request(
        model: "tiny", prompts: prompts, picture: picture, seed: 7)
      return try await made(shapes(request))
    }

    private func made(
      _ events: AsyncThrowingStream<MakeShapes.Event, any Error>
    ) async throws -> MadeShape {
      var made: [MadeShape] = []
      for try await event in events { if case .shape(let shape) = event { made.append(shape) } }
      return try #require(made.first)
    }

    @Test("another picture, another prompt or none gives another shape, and the same the same")
    func acts() async throws {
      let all = [
        try await made([], 0), try await made([], 1), try await made(["a red apple"], 0),
        try await made(["a red apple"], nil),
      ]
      for first in all.indices {
        for second in all.indices where second > first {
          #expect(all[first].shape != all[second].shape, "\(first) and \(second)")
        }
      }
      let again = try await made([], 0)
      #expect(again.shape == all[0].shape && again.provenance == all[0].provenance)
      // The picture's name is what such a shape is called.
      #expect(all[0].prompt == "0" && all[0].provenance.request.prompts.isEmpty)
    }

    @Test("a file made of a picture is made again, unless the picture is another one now")
    func regenerates() async throws {
      let first = try await made(["a red apple"], 0)
      let file = folder.file("a.ply")
      try first.save(to: file)
      let again = Regenerate.Request(file: file.path(percentEncoded: false))
      #expect(try await made(shapes(again)).shape == first.shape)
      try folder.write(ShapeFixture.picture(1, 1).encoded(as: .png), to: "shapes/0.png")
      await #expect(throws: ProvenanceError.self) { _ = try await made(shapes(again)) }
      try folder.write([1, 2], to: "shapes/0.png")
      await #expect(throws: ImageError.self) { _ = try await made([], 0) }
    }

    @Test("the command needs a prompt or a picture, and a model that sees")
    func command() throws {
      let model = folder.file("models/tiny").path(percentEncoded: false)
      func run(_ arguments: [String], model: String) throws -> CommandRun.Output {
        try CommandRun(["shape", "--model", model] + arguments, in: folder).finish()
      }
      let seen = try run(["--picture", "shapes/1.png", "--seed", "5"], model: model)
      #expect(seen.status == 0 && seen.output == "1-5.glb\n", "\(seen.errors)")
      #expect(try run([], model: model).status == 64)
      let blind = try ShapeFixture.make()
      let other = blind.file("models/tiny").path(percentEncoded: false)
      let refused = try run(["--picture", "shapes/1.png"], model: other)
      #expect(refused.status == 64)
      #expect(
        refused.errors.contains(
          "picture: expected none, for a model that sees no pictures, found shapes/1.png"))
    }

    @Test("a model whose picture encoder is missing, or of another size, is refused")
    func misfits() throws {
      let place = folder.file("models/tiny")
      let index = place.appending(path: "model_index.json")
      let text = try String(contentsOf: index, encoding: .utf8)
      let larger = text.replacing("\"seen_side\" : 32", with: "\"seen_side\" : 64")
      #expect(larger != text)
      try folder.write(larger.utf8, to: "models/tiny/model_index.json")
      #expect(throws: ModelError.self) { try TextToShapeModel(ShapeModelFolder(place)) }
      try folder.write(text.utf8, to: "models/tiny/model_index.json")
      try FileManager.default.removeItem(at: place.appending(path: "picture_encoder"))
      let error = #expect(throws: ModelError.self) { try ShapeModelFolder(place) }
      #expect(error?.description.contains("picture_encoder/model.safetensors") == true)
    }

    @Test("a training shows shapes with their picture, mirrored where they are, half unnamed")
    func batches() throws {
      var training = try ShapeFixture.training(folder)
      (training.captionDropout, training.paintedShare) = (0, 0)
      let inputs = try ShapeData(
        for: training, seeingBy: CaptionFixture.seeingWeights(), cache: folder.file("cache"),
        report: { _ in })
      let pictures = try #require(inputs.pictures)
      let indices = [Int](repeating: 0, count: 32)
      let (x0, states, seen) = inputs.batch(indices, Generator(seed: 5))
      let named = try checked { states.absolute().sum(dims: [1, 2]).values(as: Float.self) }
        .count { $0 > 0 }
      #expect((8...24).contains(named))
      #expect(x0.shape.sizes == [32, 6, 64] && seen?.shape.sizes == [32, 1, 1281])
      // What is seen of a mirrored shape is what its mirrored picture shows.
      let picture = try ShapeFixture.picture(0, 0).square(32).unsqueezed(0)
      for (isMirrored, shown) in [(false, picture), (true, picture.flipped([-1]))] {
        for (framing, border) in PictureViews.Framing.all.enumerated() {
          let expected = try checked {
            withoutGradients {
              pictures.views.placed(
                PictureViews.places(of: pictures.views.map(shown, border, stages: nil)))
            }
          }
          let found = pictures.features([0], [framing], mirrored: [isMirrored])
          // Kept in half precision.
          #expect(relativeDistance(found, expected) < 1e-3)
        }
      }
      #expect(pictures.features([0], [nil], mirrored: [true]).absolute().sum().item() == 0)
    }

    @Test("a picture without a name keeps the shape's colours; shapes without pictures are refused")
    func colors() throws {
      var training = try ShapeFixture.training(folder)
      (training.captionDropout, training.paintedShare) = (1, 1)
      let weights = try CaptionFixture.seeingWeights()
      func inputs() throws -> ShapeData {
        try ShapeData(
          for: training, seeingBy: weights, cache: folder.file("cache"), report: { _ in })
      }
      let x0 = try inputs().batch([0, 0, 0, 0], Generator(seed: 5)).x0
      for row in 0..<4 {
        let cloud = try PointCode.cloud(x0.selected(dim: 0, index: row))
        #expect(cloud.colors.allSatisfy { ColorWord($0) == .red })
      }
      let lines = folder.file("shapes/metadata.jsonl")
      let text = try String(contentsOf: lines, encoding: .utf8)
      try folder.write(
        text.replacing("\"picture\"", with: "\"drawing\"").utf8, to: "shapes/metadata.jsonl")
      #expect(throws: TrainingDataError.pictures(folder: training.data)) { try inputs() }
    }

    @Test("a trained model sees pictures, and a run that was stopped ends with the same bits")
    func trains() throws {
      let training = try ShapeFixture.training(folder)
      let weights = try CaptionFixture.seeingWeights()
      func train(_ name: String, stoppingAt step: Int? = nil) throws {
        var started: TrainingRun?
        try checked {
          try training.run(
            in: folder.file(name), seeingBy: weights, onStart: { started = $0 },
            report: { report in
              if case .progress(let progress) = report, progress.step == step {
                started?.requestStop()
              }
            })
        }
      }
      try train("whole")
      #expect(throws: CancellationError.self) { try train("cut", stoppingAt: 3) }
      try train("cut")
      let file = "model/transformer/diffusion_pytorch_model.safetensors"
      #expect(
        try Data(contentsOf: folder.file("whole/\(file)"))
          == Data(contentsOf: folder.file("cut/\(file)")))
      let model = try TextToShapeModel(ShapeModelFolder(folder.file("whole/model")))
      #expect(try model.seen(in: ShapeFixture.picture(0, 0))?.shape.sizes == [1, 1281])
    }
  }
}
