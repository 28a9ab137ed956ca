import Evaluation
import Foundation
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// What drives that a model makes up are worth as data.
  @Suite("evaluation of models of a world")
  struct EvaluateWorldTests {
    private func street(_ folder: TemporaryFolder, drives: Int, frames: Int) throws -> String {
      let request = try Synthesize.Request(
        episodes: drives, seed: 2, street: StreetSettings(frames: frames, crossingRate: 0))
      _ = try Synthesize(output: folder.file("street"))(request)
      return folder.file("street").path(percentEncoded: false)
    }

    @Test("every action counts as much as another, and each is seen as often as it is said")
    func verdict() {
      // Two drives: of four moments of action 0 three are seen, of one of action 1 none.
      let truth = [(0, 0), (0, 0), (0, 1), (0, 1), (1, 1)]
      let moments = truth.map { DriveLesson.Moment(frame: 9, action: $0.0, drive: $0.1) }
      let verdict = ActionVerdict(moments, said: [0, 0, 0, 1, 0], actions: 3)
      #expect(verdict.balanced.value == (0.75 + 0) / 2)
      let sight = verdict.sight(of: 1)
      #expect(sight.seen.value == 0 && sight.falselySeen.value == 0.25)
      #expect(verdict.sight(of: 0).falselySeen.value == 1)
      // Of the first drive alone all would be right, of the second half of one action.
      #expect(verdict.balanced.interval.lower < 0.375 && verdict.balanced.interval.upper > 0.6)
    }

    @Test("a lesson has each moment's frames, and joined lessons keep theirs")
    func lessons() throws {
      Machine.threads = 1
      let folder = try TemporaryFolder()
      let data = try street(folder, drives: 12, frames: 8)
      let set = try EpisodeSet(folder: URL(filePath: data), split: "train")
      let lesson = DriveLesson(set)
      #expect(lesson.moments.count == 5 * set.labels.count)
      let index = 5 * 3 + 2  // The sixth frame of the fourth drive.
      let moment = lesson.moments[index]
      #expect(moment.drive == 3 && moment.frame == 3 * 8 + 5)
      #expect(moment.action == set.labels[3].actions[4].number)
      let seen = lesson.clips([index])
      #expect(
        seen.values(as: Float.self)
          == set.frames((26..<30).map { $0 }).values(as: Float.self))
      let few = lesson.filtered { $0.drive == 3 }
      let joined = few.joined(with: lesson)
      #expect(joined.moments.count == few.moments.count + lesson.moments.count)
      #expect(
        joined.clips([few.moments.count + index]).values(as: Float.self)
          == seen.values(as: Float.self))
      #expect(Set(joined.moments.map(\.drive)).count == 1 + set.labels.count)
    }

    @Test("a judge that learnt from real drives sees in others where the car is steered")
    func judge() throws {
      Machine.threads = 1
      let folder = try TemporaryFolder()
      let data = URL(filePath: try street(folder, drives: 120, frames: 12))
      let lesson = DriveLesson(try EpisodeSet(folder: data, split: "train"))
      let asked = DriveLesson(try EpisodeSet(folder: data, split: "heldout"))
      let judge = try ActionJudge.taught(by: lesson, actions: 5, steps: 150, until: StopSignal())
      let verdict = ActionVerdict(asked.moments, said: try judge.said(of: asked), actions: 5)
      for action in [StreetAction.left, .right] {
        let sight = verdict.sight(of: action.number)
        #expect(sight.seen.value > 0.6 && sight.falselySeen.value < 0.25, "\(action)")
      }
      // Twice what chance gives: speeds are seen less well, and not every action has an effect.
      #expect(verdict.balanced.value > 0.4)
    }

    @Test("the page tells what was measured, and the figures are what it tells")
    func page() throws {
      Machine.threads = 1
      let folder = try TemporaryFolder()
      let data = try street(folder, drives: 120, frames: 8)
      try TinyWorld.model(folder)
      let output = folder.file("page").path(percentEncoded: false)
      var evaluate = EvaluateWorld(model: "world", data: data, output: output, drives: 8)
      (evaluate.realDrives, evaluate.generatedDrives, evaluate.generatedFrames) = (2, 3, 5)
      evaluate.judgeSteps = 2
      var notes: [String] = []
      let figures = try evaluate(library: TinyWorld.library(folder)) {
        if case .note(let note) = $0 { notes.append(note) }
      }
      let useful = figures.usefulness
      #expect(useful.realDrives == 2 && useful.generatedDrives == 3 && useful.chance == 0.2)
      // Two frames are given, so the first moment of four frames ends with the second that is made.
      #expect(notes.contains("a judge learns from the model's drives: 12 moments"))
      #expect(notes.contains("a judge learns from both: \(2 * 5 + 12) moments"))
      #expect(useful.rare.real == 3)
      let text = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
      #expect(text.contains("inkwell evaluate --model world --data data/street --count 8"))
      #expect(text.contains("| 2 real drives | \(PageNumber.share(useful.few)) |"))
      #expect(
        text.contains("| few real moments of it | \(PageNumber.share(useful.rare.few.seen)) |"))
      #expect(text.contains(MeasureDrift.table(figures.drift)))
      let saved = try Data(contentsOf: folder.file("page/figures.json"))
      #expect(try JSONDecoder().decode(WorldFigures.self, from: saved) == figures)
      // The same again: nothing depends on the run.
      #expect(try evaluate(library: TinyWorld.library(folder)) == figures)
    }

    @Test("numbers out of their range and drives of another size are refused")
    func refusals() throws {
      let folder = try TemporaryFolder()
      let output = folder.file("page").path(percentEncoded: false)
      var evaluate = EvaluateWorld(model: "world", data: "nowhere", output: output, drives: 7)
      #expect(throws: EvaluationError.value("drives", expected: "8 or more", found: "7")) {
        try evaluate()
      }
      (evaluate.drives, evaluate.judgeSteps) = (8, 0)
      #expect(throws: EvaluationError.value("judgeSteps", expected: "1 or more", found: "0")) {
        try evaluate()
      }
      evaluate.judgeSteps = 1
      try TinyWorld.model(folder)
      let short = try Synthesize.Request(episodes: 40, street: StreetSettings(frames: 4))
      _ = try Synthesize(output: folder.file("short"))(short)
      evaluate.data = folder.file("short").path(percentEncoded: false)
      let misfit = #expect(throws: ModelError.self) {
        try evaluate(library: TinyWorld.library(folder))
      }
      #expect(misfit?.description.contains("drives of 5 frames or more") == true)
      evaluate.data = try street(folder, drives: 40, frames: 8)
      let few = #expect(throws: EvaluationError.self) {
        try evaluate(library: TinyWorld.library(folder))
      }
      #expect(few?.description.hasPrefix("split \"heldout\": expected at least 8") == true)
    }
  }
}
