import Checkpoints
import Files
import Foundation
import Layers
import TestSupport
import Testing
import Torch
import Training

@Suite struct RefusalTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run with checkpoints at steps 5 and 10, and a plan to go on.
  private func begun() throws -> LineFit {
    var fit = LineFit(in: folder)
    fit.steps = 10
    _ = try fit.train()
    fit.steps = 20
    return fit
  }

  /// The last checkpoint of a run.
  private func last(_ fit: LineFit) throws -> RunCheckpoint {
    try #require(fit.runFolder.checkpoints().last)
  }

  @Test(
    "a loss that is not finite names the step and leaves the checkpoints alone",
    arguments: [
      Double.nan, .infinity,
    ])
  func notFiniteLoss(scale: Double) throws {
    let fit = try begun()
    let before = try begunFiles(fit)
    let error = #expect(throws: TrainingError.self) {
      try fit.train(scale: { $0 == 15 ? scale : 1 })
    }
    guard case .notFinite(let step, let loss, _, let rate) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(step == 15 && !loss.isFinite && rate == 0.01)
    #expect(try fit.runFolder.savedSteps() == [5, 10])
    #expect(try begunFiles(fit) == before)
    #expect("\(try #require(error))".hasPrefix("step 15: expected a finite loss and gradient"))
  }

  /// The checkpoints' files.
  private func begunFiles(_ fit: LineFit) throws -> [String: Data] {
    try fit.files().filter { $0.key != "loss.csv" }
  }

  @Test("a gradient that is not finite is found before the weights move")
  func notFiniteGradient() throws {
    let fit = LineFit(in: folder)
    let message = try #require(fit.failure(scale: { $0 == 2 ? 1e38 : 1 }))
    #expect(message.hasPrefix("step 2: expected a finite loss and gradient, found loss "))
    #expect(message.contains("gradient norm inf at learning rate 0.01"))
  }

  @Test("weights that are not finite are not saved")
  func notFiniteWeights() throws {
    var fit = LineFit(in: folder)
    fit.learningRate = LearningRate(peak: 1e300)
    fit.steps = 1
    #expect(throws: TrainingError.weightsNotFinite(step: 1, learningRate: 1e300)) {
      try fit.train()
    }
    #expect(try fit.runFolder.savedSteps() == [])
    #expect(fit.failure() == "\(TrainingError.weightsNotFinite(step: 1, learningRate: 1e300))")
  }

  @Test("a plan or data that end elsewhere are refused with all differences")
  func otherPlan() throws {
    var fit = try begun()
    fit.batchSize = 16
    fit.accumulation = 2
    fit.learningRate = LearningRate(peak: 0.02, warmupSteps: 1)
    fit.muon = Muon.Options(scopes: ["line"], momentum: 0.9)
    fit.clip = nil
    fit.precision = .bf16
    fit.seed = 2
    fit.data = "circle"
    let path = fit.runFolder.url.path(percentEncoded: false)
    #expect(
      fit.failure() == """
        \(path): the run there cannot go on with these settings:
          batchSize: begun with 8, found 16
          accumulation: begun with 1, found 2
          learningRate: step 1 was made with 0.01, found 0.02
          muon.scopes: begun with [], found ["line"]
          muon.momentum: begun with none, found 0.9
          muon.weightDecay: begun with none, found 0.01
          clip: begun with 1.0, found none
          precision: begun with fp32, found bf16
          seed: begun with 1, found 2
          data: begun with line, found circle
        """)
  }

  @Test("of data with several parts those are named that differ, before the run and in it")
  func otherParts() throws {
    var fit = LineFit(in: folder)
    fit.data = "captions 1\npictures 2"
    try fit.run().checkResumable()
    _ = try fit.train()
    try fit.run().checkResumable()
    fit.data = "captions 1\npictures 3\nshift 4"
    let difference = "data: begun with pictures 2, found pictures 3, shift 4"
    #expect(fit.failure()?.hasSuffix("\n  \(difference)") == true)
    let folder = fit.runFolder.url.path(percentEncoded: false)
    #expect(throws: TrainingError.otherPlan(folder: folder, differences: [difference])) {
      try fit.run().checkResumable()
    }
    fit.data = "captions 1"
    #expect(fit.failure()?.contains("begun with pictures 2, found none") == true)
  }

  @Test("more steps are allowed where the learning rate of those done stays the same")
  func moreSteps() throws {
    var fit = try begun()
    fit.saveEvery = 3
    fit.sampleEvery = 2
    #expect(try fit.train().step == 20)
    fit.steps = 12
    #expect(
      fit.failure()?.contains("steps: expected at least 20, which are done, found 12") == true)
  }

  @Test("another number of steps is refused where the learning rate of those done follows it")
  func otherSteps() throws {
    var fit = LineFit(in: folder)
    fit.learningRate = LearningRate(peak: 0.01, decay: .linear(to: 0))
    _ = try fit.train()
    fit.steps = 40
    let message = "learningRate: step 1 was made with 0.0095, found 0.00975"
    #expect(fit.failure()?.contains(message) == true)
  }

  @Test("a run may be longer until its tail, and ends as one that knew it from the start")
  func tailThatComesLater() throws {
    var fit = try begun()
    fit.steps = 40
    fit.learningRate = LearningRate(peak: 0.01, decay: .tail(steps: 20, to: 0))
    _ = try fit.train()
    var whole = LineFit(in: try TemporaryFolder())
    whole.steps = fit.steps
    whole.learningRate = fit.learningRate
    _ = try whole.train()
    #expect(try whole.lastFiles() == fit.lastFiles())
    fit.steps = 41
    #expect(fit.failure()?.contains("learningRate: step 21 was made with 0.0095") == true)
  }

  @Test("weights of another network are refused before any is copied")
  func otherNetwork() throws {
    var fit = try begun()
    fit.inputs = 4
    let file = try last(fit).weights.path(percentEncoded: false)
    let problem = LoadingError.Problem.misshapen(
      "line.weight", expected: [1, 4], found: [1, 3])
    let error = TrainingError.otherNetwork(file: file, problems: [problem])
    #expect(throws: error) { try fit.train() }
    #expect("\(error)".hasSuffix("line.weight: expected [1, 4], found [1, 3]"))
  }

  @Test("missing and unexpected tensors of a checkpoint are all named")
  func otherTensors() throws {
    let fit = try begun()
    let file = try last(fit).average
    try Safetensors.write(
      [Safetensors.Draft("line.bias", .zeros([1])), Safetensors.Draft("other", .zeros([2]))],
      to: file)
    let problems: [LoadingError.Problem] = [.missing("line.weight", [1, 3]), .unexpected("other")]
    let path = file.path(percentEncoded: false)
    #expect(throws: TrainingError.otherNetwork(file: path, problems: problems)) {
      try fit.train()
    }
  }

  @Test("a checkpoint's file that is cut is refused")
  func cutWeights() throws {
    let fit = try begun()
    let file = try last(fit).weights
    try Data(contentsOf: file).dropLast(4).write(to: file)
    #expect(throws: CheckpointError.self) { try fit.train() }
  }

  @Test(
    "a state that cannot be read names the file",
    arguments: [
      "{", "{\"format\":2}", "{\"format\":1}",
    ])
  func damagedState(text: String) throws {
    let fit = try begun()
    let file = try last(fit).state
    try Data(text.utf8).write(to: file)
    let message = try #require(fit.failure())
    #expect(message.hasPrefix("\(file.path(percentEncoded: false)): expected "))
    #expect(text != "{\"format\":2}" || message.hasSuffix("expected format 1, found format 2"))
  }

  @Test("a state that is gone, or of another step, names the file")
  func wrongState() throws {
    let fit = try begun()
    let checkpoint = try last(fit)
    let former = try #require(fit.runFolder.checkpoints().first)
    try FileManager.default.removeItem(at: checkpoint.state)
    let path = checkpoint.state.path(percentEncoded: false)
    #expect(fit.failure()?.hasPrefix("\(path): expected the state of step 10, found ") == true)
    try FileManager.default.copyItem(at: former.state, to: checkpoint.state)
    #expect(fit.failure() == "\(path): expected the state of step 10, found that of step 5")
  }

  @Test("two runs cannot share a folder")
  func busy() throws {
    let fit = LineFit(in: folder)
    let path = fit.runFolder.url.path(percentEncoded: false)
    var message: String?
    _ = try fit.train(progress: { if $1.step == 3 { message = fit.failure() } })
    #expect(message == "\(TrainingError.busy(folder: path))")
    #expect(try fit.runFolder.savedSteps() == [15, 20])
  }

  @Test("a folder that cannot be made is refused before the first step")
  func unwritable() throws {
    try folder.write([1], to: "run")
    let fit = LineFit(in: folder)
    let error = #expect(throws: FileError.self) {
      try fit.train(progress: { _, _ in Issue.record("a step was done") })
    }
    guard case .system(let path, "make the folder", let reason) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(path == fit.runFolder.samples.path(percentEncoded: false))
    #expect(reason == "Not a directory")
  }

  @Test("what the loss or the sample throws ends the run, and saved steps stay")
  func callersErrors() throws {
    struct Stop: Error {}
    let fit = LineFit(in: folder)
    #expect(throws: Stop.self) { try fit.train(sample: { _, _ in throw Stop() }) }
    #expect(try fit.runFolder.savedSteps() == [5])
    let store = ParameterStore(initializing: Generator(seed: 7))
    let network = try store.network { Linear($0 / "line", 3, 1) }
    #expect(throws: TorchError.self) {
      try train(try fit.run(), store: store) { _ in network(.ones([2, 4])).mean() }
    }
    #expect(throws: TorchError.self) {
      try train(try fit.run(), store: store) { _ in network(.ones([2, 3])) }
    }
    #expect(try fit.runFolder.savedSteps() == [5])
  }
}
