import Checkpoints
import Files
import Foundation
import Modalities
import Testing
import Torch
import Training
import Verification

@testable import Inkwell

/// The kinds of what goes wrong.
@Suite struct FailureTests {
  @Test("a lack of memory is told from other failures of an operation")
  func memory() {
    let tooMuch = #expect(throws: TorchError.self) {
      try checked { Tensor.empty([1 << 50]) }
    }
    #expect(tooMuch.map { Failure($0) } == .memory)
    let misfit = #expect(throws: TorchError.self) {
      try checked { Tensor.zeros([2]) + Tensor.zeros([3]) }
    }
    #expect(misfit.map { Failure($0) } == .run)
  }

  @Test("each error is of the kind that a user can do something about")
  func kinds() {
    #expect(Failure(GenerateError.noPrompts) == .request)
    #expect(Failure(OutputError.notPNG("a")) == .request)
    #expect(Failure(OutputError.exists("a")) == .run)
    #expect(Failure(ModelError.missing(path: "a")) == .file)
    let refusal = FileError.system(path: "a", action: "b", reason: "c")
    #expect(Failure(refusal) == .run)
    #expect(Failure(CheckpointError.unreadable(refusal)) == .file)
    #expect(Failure(ProvenanceError.none(file: "a")) == .file)
    #expect(Failure(PromptLinesError.empty(file: "a")) == .file)
    #expect(Failure(EvaluationError.value("a", expected: "b", found: "c")) == .request)
    #expect(Failure(EvaluationError.nothingHeldOut(folder: "a", splits: [])) == .file)
    #expect(Failure(AuditError.value("a", expected: "b", found: "c")) == .request)
    #expect(Failure(AuditError.uncalibrated(model: "a", file: "b")) == .file)
    #expect(Failure(DatasetError.occupied(path: "a")) == .run)
    #expect(Failure(DatasetError.tool(command: "a", reason: "b", hint: "c")) == .run)
    #expect(Failure(DatasetError.size(0)) == .request)
    #expect(Failure(DatasetError.missing(path: "a", hint: "b")) == .file)
    #expect(Failure(ImageError.unknownExtension("a")) == .request)
    #expect(Failure(TrainingError.invalid(what: "a", expected: "b", found: "c")) == .request)
    #expect(Failure(TrainingError.damaged(file: "a", expected: "b", found: "c")) == .file)
    #expect(Failure(RecipeError.unknownKeys(file: "a", keys: [])) == .file)
    #expect(Failure(TrainingError.busy(folder: "a")) == .run)
    #expect(Failure(MixtureError.components(0)) == .file)
    let unknown = #expect(throws: UnknownSubject.self) { try Proof.all(only: ["a"]) }
    #expect(unknown.map { Failure($0) } == .request)
    #expect(Failure(CancellationError()) == .stopped)
    #expect(Failure(CocoaError(.fileReadNoSuchFile)) == .run)
  }

  @Test("prompts are the lines of a text that are not blank")
  func lines() throws {
    let lines = try PromptLines(Data("a\r\n\n \u{9}b c \n".utf8), file: "f")
    #expect(lines.prompts == ["a", "b c"])
    #expect(throws: PromptLinesError.empty(file: "f")) {
      try PromptLines(Data("\n \n".utf8), file: "f")
    }
    #expect(throws: PromptLinesError.notUTF8(file: "f", line: 2)) {
      try PromptLines(Data([97, 10, 0xC3]), file: "f")
    }
  }
}
