import Evaluation
import Foundation
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  @Suite(.serialized) struct MoleculeEvaluationTests {
    let folder: TemporaryFolder

    init() throws {
      folder = try MoleculeFixture.make()
      _ = try MoleculeFixture.dataset(folder)()
      Machine.threads = 1
      try MoleculeFixture.train(folder)
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    @Test("an evaluation measures the model beside a chain, real molecules and copies")
    func evaluates() throws {
      _ = try ChemNetTests.network()
      var evaluate = EvaluateMolecules(
        model: path("run/model/"), data: path("data"), output: path("page"), texts: 64)
      evaluate.cache = ChemNetTests.cache.path(percentEncoded: false)
      evaluate.asks = 12
      evaluate.guidances = [1, 2]
      let figures = try evaluate()
      #expect(
        Set(figures.sets.keys) == ["model", "chain", "test", "test_scaffolds", "train"])
      let model = try #require(figures.sets["model"])
      #expect(model.texts == 64 && model.valid.value > 0.6)
      let copies = try #require(figures.sets["train"])
      #expect(copies.novel.value == 0 && copies.valid.value == 1 && copies.unique.value == 1)
      // Every text of 32 that the other half does not have.
      let floor = try #require(figures.sets["test"])
      #expect(floor.texts == 16 && figures.reference == 16 && floor.valid.value == 1)
      for judged in figures.sets.values {
        #expect(judged.distance.values.allSatisfy { $0.value.isFinite && $0.value > 0 })
        #expect(judged.nearest.values.allSatisfy { (0...1).contains($0.value) })
        #expect((0...1).contains(judged.diversity.value))
      }
      #expect(figures.asked.map(\.property) == ["logp", "tpsa", "weight", "sp3"])
      for asked in figures.asked {
        #expect(Set(asked.error.keys) == ["none", "1", "2"])
      }
      let weight = figures.asked[2].error
      #expect(try #require(weight["1"]).value < (try #require(weight["none"])).value)
      let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
      let data = URL(filePath: evaluate.data).lastPathComponent
      #expect(page.contains("--data data/\(data) --count 64") && page.contains("guidance 2"))
      evaluate.texts = 3
      #expect(throws: EvaluationError.self) { try evaluate() }
      evaluate.texts = 64
      evaluate.guidances = [-1]
      #expect(throws: EvaluationError.self) { try evaluate() }
      evaluate.guidances = []
      evaluate.data = path("none")
      #expect(throws: MoleculeDataError.self) { try evaluate() }
    }

    @Test("the cosine of two tables is 1 for equal shares and 0 for nothing in common")
    func cosines() {
      #expect(abs(MoleculeJudge.cosine(["a": 1, "b": 2], ["a": 3, "b": 6]) - 1) < 1e-12)
      #expect(MoleculeJudge.cosine(["a": 1], ["b": 1]) == 0)
      #expect(MoleculeJudge.cosine([:], ["b": 1]) == 0)
      #expect(abs(MoleculeJudge.cosine(["a": 3], ["a": 4, "b": 3]) - 0.8) < 1e-12)
    }
  }
}
