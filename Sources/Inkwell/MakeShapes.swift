internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Makes shapes of prompts, of a picture, or of both: clouds of coloured points, or their surface.
///
/// ```swift
/// let request = try MakeShapes.Request(prompts: ["a red armchair"], seed: 7, meshing: Meshing())
/// for try await event in MakeShapes()(request) {
///   if case .shape(let made) = event { try made.save(to: URL(filePath: "chair.glb")) }
/// }
/// ```
public struct MakeShapes: RepeatableTask {
  /// What a file that was made carries.
  public typealias Record = ShapeProvenance

  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// What happens while shapes are made.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// A step was made of all that the run will make.
    case step(Int, of: Int, secondsToGo: Double)
    /// A shape is ready.
    case shape(MadeShape)
  }

  /// Makes what is asked for on this thread.
  public func make(
    _ request: Request, by name: String?, expected: ShapeProvenance?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws {
    let folder = try library.shapeModel(name ?? request.model)
    report(.loading(model: folder.name))
    let hashes = Background { try folder.hashes() }
    if let expected { try check(hashes.value(), are: expected.files, in: folder.url) }
    try stop.check()
    let model = try TextToShapeModel(folder)
    let picture = try ShapePicture(request.picture, seenBy: model)
    if let picture, let expected, picture.hash != expected.picture {
      throw ProvenanceError.otherSource(file: picture.file)
    }
    let began = ContinuousClock.now
    let settings = request.options.over(folder.index.about.settings)
    let points = request.points ?? model.transformer.configuration.points
    let steps = settings.steps * request.total
    var done = 0
    for index in 0..<request.total {
      let start = ContinuousClock.now
      let drawing = TextToShapeModel.Drawing(
        prompt: request.prompt(of: index), seen: picture?.seen, seed: request.seed(of: index),
        settings: settings)
      let clouds = try model.clouds([drawing], points: points) { _ in
        done += 1
        let elapsed = (ContinuousClock.now - began) / .seconds(1)
        report(
          .step(done, of: steps, secondsToGo: elapsed / Double(done) * Double(steps - done)))
        try stop.check()
      }
      let shape: Modalities.Shape =
        if let meshing = request.meshing {
          .mesh(try clouds[0].meshed(meshing))
        } else {
          .points(clouds[0])
        }
      let provenance = ShapeProvenance(
        request: try Request(
          model: request.model, prompts: [drawing.prompt].compactMap { $0 },
          picture: request.picture, seed: drawing.seed, points: points,
          meshing: request.meshing, options: SamplingOptions(settings)),
        files: try hashes.value(), picture: picture?.hash, threads: Machine.threads)
      report(
        .shape(
          MadeShape(
            index: index, shape: shape, provenance: provenance,
            seconds: (ContinuousClock.now - start) / .seconds(1))))
    }
  }
}
