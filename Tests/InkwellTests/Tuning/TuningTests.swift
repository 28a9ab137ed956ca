import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// Which trial is the best, and which others are worth a look.
@Suite struct TuningTests {
  private func tuning(_ limit: Tuning.Limit) -> Tuning {
    var tuning = Tuning(limit: limit)
    tuning.trials = [(1, 20), (2, 35), (3, 30), (4, 45), (4, 44), (9, 45)].map {
      Tuning.Trial(
        options: Generate.Options(steps: tuning.trials.count), seconds: $0.0, likeness: $0.1)
    }
    return tuning
  }

  @Test("the best is the fastest that is enough alike, or the most alike in time")
  func best() {
    #expect(tuning(.likeness(30)).best?.seconds == 2)
    #expect(tuning(.likeness(40)).best?.seconds == 4)
    #expect(tuning(.likeness(46)).best == nil)
    #expect(tuning(.seconds(3)).best?.likeness == 35)
    #expect(tuning(.seconds(0.5)).best == nil)
  }

  @Test("the front leaves out what another beats in both")
  func front() {
    let tuning = tuning(.likeness(30))
    #expect(tuning.front.map(\.seconds) == [1, 2, 4])
    #expect(tuning.worthRefining(count: 2).map(\.seconds) == [2, 4])
    #expect(self.tuning(.likeness(46)).worthRefining(count: 2).map(\.seconds) == [2, 4])
  }
}

extension ThreadedTests {
  /// The search with a small model.
  @Suite struct TuneTests {
    let folder: TemporaryFolder

    init() throws { folder = try TinyModel.make() }

    private var model: String { folder.file("models/tiny").path(percentEncoded: false) }

    private func picture(_ options: Generate.Options) async throws -> Image {
      let request = try Generate.Request(
        prompts: ["a red apple"], model: model, seed: 3, options: options)
      return try #require(try await Generate()(request).images().first).image
    }

    @Test("what a trial claims is what its settings draw, and none that is enough alike is faster")
    func trials() async throws {
      var tune = Tune(
        drawing: try Generate.Request(prompts: ["a red apple"], model: model, seed: 3))
      (tune.referenceSteps, tune.samplers, tune.steps) = (20, ["dpmpp-2m", "euler"], [3, 6, 20])
      let tuning = try tune()
      // Six, and three of them with seven caches (or none) and three ends, but for all of both.
      let refined = tuning.trials.count - 6
      #expect(refined > 0 && refined % 23 == 0 && refined <= 69)
      let best = try #require(tuning.best)
      #expect(best.likeness >= 30)
      let alike = tuning.trials.filter { $0.likeness >= 30 }
      #expect(alike.allSatisfy { $0.seconds >= best.seconds })
      let same = try #require(
        tuning.trials.first {
          $0.options.sampler == "dpmpp-2m" && $0.options.steps == 20 && $0.options.cache == nil
            && $0.options.guidanceEnd == nil
        })
      #expect(same.likeness > 75)

      var reference = Generate.Options(steps: 20)
      reference.sampler = "dpmpp-2m"
      let whole = try await picture(reference)
      try printed(tuning.trials.filter { $0.options.cache != nil }.suffix(21))
      for trial in [tuning.trials[0], tuning.trials[tuning.trials.count - 1]] {
        let drawn = try await picture(trial.options)
        let squares = zip(drawn.pixels, whole.pixels).map { pow(Double($0) - Double($1), 2) }
        let mean = squares.reduce(0, +) / Double(squares.count)
        #expect(abs(trial.likeness - 10 * log10(65025 / max(mean, 1e-3))) < 1e-9)
      }
    }

    /// What trials print is what the command line reads as their settings.
    private func printed(_ trials: some Sequence<Tuning.Trial>) throws {
      var known: Set<Generate.StepCache> = []
      for trial in trials where trial.options.guidanceEnd != nil {
        guard let cache = trial.options.cache, known.insert(cache).inserted else { continue }
        let flags = trial.flags.split(separator: " ").map(String.init)
        let run = try CommandRun(
          ["generate", "a red apple", "--model", model, "--force", "--output", "printed.png"]
            + flags,
          in: folder
        ).finish()
        #expect(run.status == 0, "\(run.errors)")
        let made = try Provenance(contentsOf: folder.file("printed.png")).request
        #expect(made.cache == cache && made.guidanceEnd == trial.options.guidanceEnd)
      }
      #expect(known.count == 7)
    }

    @Test("models that merge tokens are tuned with that too, and the command line reads it")
    func merging() throws {
      let stable = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)
      var tune = Tune(
        drawing: try Generate.Request(prompts: ["a red apple"], model: stable, seed: 3))
      (tune.referenceSteps, tune.samplers, tune.steps) = (6, ["ddim"], [3])
      (tune.caches, tune.guidanceEnds, tune.mergedTokens) = ([], [], [0.25, 0.5])
      let tuning = try tune()
      #expect(tuning.trials.map(\.options.mergedTokens) == [nil, 0.25, 0.5])
      #expect(tuning.trials[1].likeness > tuning.trials[2].likeness)
      #expect(tuning.trials[2].flags == "--sampler ddim --steps 3 --merge-tokens 0.5")
    }

    @Test("precisions are tuned where likeness allows, and the command line reads them")
    func precisions() throws {
      var tune = Tune(
        drawing: try Generate.Request(prompts: ["a red apple"], model: model, seed: 3))
      (tune.referenceSteps, tune.samplers, tune.steps) = (6, ["ddim"], [6])
      (tune.caches, tune.guidanceEnds) = ([Generate.StepCache(interval: 2)], [])
      tune.precisions = [.bfloat16]
      let tuning = try tune()
      #expect(tuning.trials.map(\.options.precision) == [nil, nil, .bfloat16, .bfloat16])
      #expect(tuning.trials[2].flags == "--sampler ddim --steps 6 --precision bfloat16")
      // The same steps in fewer bits, and nearly the same pictures.
      #expect(tuning.trials[0].likeness > tuning.trials[2].likeness)
      #expect(tuning.trials[2].likeness > 25)
      // What is drawn in that precision anyway is not tried twice.
      var rounded = Generate.Options()
      rounded.precision = .bfloat16
      tune.drawing = try Generate.Request(
        prompts: ["a red apple"], model: model, seed: 3, options: rounded)
      #expect(try tune().trials.count == 2)
      tune.precisions = [.int8]
      if !TileWeight.isHere { #expect(throws: GenerateError.self) { try tune() } }
      let run = try CommandRun(
        ["tune", "a red apple", "--model", model, "--try-precisions", "float64", "--quiet"],
        in: folder
      ).finish()
      #expect(run.status != 0 && run.errors.contains("float64"), "\(run.errors)")
    }

    @Test("the command says the best settings as options, or that there are none")
    func command() throws {
      let arguments = [
        "tune", "a red apple", "--model", model, "--try-steps", "4", "--try-samplers", "euler",
        "--reference-steps", "8", "--quiet",
      ]
      let run = try CommandRun(arguments + ["--likeness", "5"], in: folder).finish()
      #expect(run.status == 0)
      let lines = run.output.split(separator: "\n")
      #expect(lines.first == "seconds  decibels  settings")
      #expect(lines.last?.hasPrefix("best: --sampler euler --steps 4") == true, "\(run.output)")
      let none = try CommandRun(arguments + ["--seconds", "0.000001", "--json"], in: folder)
        .finish()
      let found = try #require(
        JSONSerialization.jsonObject(with: Data(none.output.utf8)) as? [String: Any])
      #expect(found["best"] == nil && (found["trials"] as? [Any])?.isEmpty == false)
      for (more, message) in [
        (["--likeness", "5", "--seconds", "3"], "Give --likeness or --seconds, not both."),
        (["--steps", "9"], "Leave out --steps, which is what is tuned."),
        (["--sampler", "ddim"], "Leave out --sampler, which is what is tuned."),
        (["--cache-interval", "2"], "Leave out --cache-interval, which is what is tuned."),
        (["--cache-threshold", "0.1"], "Leave out --cache-threshold, which is what is tuned."),
        (["--merge-tokens", "0.5"], "Leave out --merge-tokens, which is what is tuned."),
        (["--guidance-end", "0.5"], "Leave out --guidance-end, which is what is tuned."),
        (["--likeness", "0"], "likeness: expected 1.0 to 100.0, found 0.0"),
        (["--seconds", "0"], "seconds: expected above 0, found 0.0"),
        (["--reference-steps", "3"], "steps: expected 1 to 3, found 4"),
        (["--reference-steps", "1"], "reference steps: expected 2 to 1000, found 1"),
        (["--try-samplers", ""], "samplers: expected at least one, found nothing"),
        (["--try-steps", "4,x"], "--try-steps: expected numbers between commas, found x"),
      ] {
        let refused = try CommandRun(arguments + more, in: folder).finish()
        #expect(refused.status != 0 && refused.errors.contains(message), "\(refused.errors)")
      }
    }
  }
}
