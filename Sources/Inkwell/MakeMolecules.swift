internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Writes molecules that a model makes up, of the properties that are asked for if there are any.
///
/// A text that the model writes need not be of a molecule: RDKit says whether it is.
///
/// ```swift
/// let request = try MakeMolecules.Request(count: 20, properties: [.logp: 2.5])
/// for try await event in MakeMolecules()(request) {
///   if case .made(let file) = event { try file.save(to: URL(filePath: "molecules.smi")) }
/// }
/// ```
public struct MakeMolecules: RepeatableTask {
  /// What a file that was made carries.
  public typealias Record = MoleculeRecord

  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// What happens while molecules are made.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// So many texts are written, of which so many are molecules.
    case written(Int, valid: Int, of: Int)
    /// All are ready, with how they were made.
    case made(MoleculeFile)
  }

  /// Makes what is asked for on this thread.
  public func make(
    _ request: Request, by name: String?, expected: MoleculeRecord?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws {
    let folder = try library.moleculeModel(name ?? request.model)
    report(.loading(model: folder.name))
    let hashes = try folder.hashes()
    if let expected { try check(hashes, are: expected.files, in: folder.url) }
    let model = try MoleculeModel(folder)
    try model.details.check(request.wanted)
    var molecules: [GeneratedMolecule] = []
    for start in stride(from: 0, to: request.count, by: 256) {
      let seeds = (start..<min(start + 256, request.count)).map { request.seed &+ UInt64($0) }
      let texts = try checked {
        try withoutGradients {
          try model.texts(
            model.features(request.wanted, count: seeds.count), seeds: seeds,
            request.sampling ?? model.details.sampling, guidance: request.guidance,
            onStep: { try stop.check() })
        }
      }
      molecules += zip(texts, seeds).map { GeneratedMolecule(text: $0, seed: $1) }
      report(
        .written(
          molecules.count, valid: molecules.count { $0.smiles != nil }, of: request.count))
    }
    report(
      .made(
        MoleculeFile(
          molecules: molecules,
          record: MoleculeRecord(request: request, files: hashes, threads: Machine.threads))))
  }
}

extension MoleculeModelDetails {
  /// Refuses a property that the model does not know, or that no molecule had that it was trained
  /// on.
  func check(_ wanted: [MoleculeProperty: Double]) throws(GenerateError) {
    for (property, value) in wanted.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard let place = properties.firstIndex(of: property) else {
        throw .value(
          property.rawValue,
          expected:
            "a property of the model's, \(properties.map(\.rawValue).joined(separator: ", "))",
          found: "another")
      }
      let scale = scales[place]
      guard value >= scale.least, value <= scale.most else {
        throw .value(
          property.rawValue,
          expected: "\(scale.least) to \(scale.most), as the model was trained on",
          found: "\(value)")
      }
    }
  }
}
