internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A model that docks molecules.
struct DockingModel {
  let network: DiffDockNetwork
  /// Says how likely a pose is to be near the true one.
  let confidence: DiffDockNetwork?
  let details: DockingModelDetails

  /// Reads a model.
  init(_ folder: DockingModelFolder) throws {
    network = try DiffDockNetwork(folder: folder.url.appending(path: "score_model"))
    details = folder.index.about
    confidence = try details.confidenceWithin.map { _ in
      try DiffDockNetwork(folder: folder.url.appending(path: "confidence_model"))
    }
    let told = confidence?.configuration
    let file = folder.url.appending(path: ModelFolder.indexFile).path(percentEncoded: false)
    for (key, isRight, expected, found) in [
      (
        "inkwell.sampling.steps", (1...1000).contains(details.sampling.steps), "1 to 1000",
        "\(details.sampling.steps)"
      ),
      (
        "inkwell.pocketRadius", (4...40).contains(details.pocketRadius), "4 to 40",
        "\(details.pocketRadius)"
      ),
      (
        "score_model.confidence_mode", !network.configuration.confidenceMode, "a network of scores",
        "one of confidences"
      ),
      (
        "inkwell.confidenceWithin", details.confidenceWithin.map { $0 > 0 && $0 <= 10 } ?? true,
        "more than 0, up to 10", "\(details.confidenceWithin ?? 0)"
      ),
      (
        "confidence_model.confidence_mode", told?.confidenceMode ?? true,
        "a network of confidences", "one of scores"
      ),
      (
        "confidence_model.num_confidence_outputs", told?.numConfidenceOutputs ?? 1 == 1, "1",
        "\(told?.numConfidenceOutputs ?? 1)"
      ),
    ] where !isRight {
      throw ModelError.unsupported(file: file, key: key, expected: expected, found: found)
    }
  }

  /// How likely a pose is to be near the true one, in [0, 1]; nothing for a model that cannot say.
  ///
  /// - Parameters:
  ///   - graph: The ligand.
  ///   - places: Its pose, in Å.
  ///   - residues: What is seen of the protein.
  /// - Returns: The probability.
  /// - Throws: `GraphError` for places that are no numbers, or ``ModelError`` for a network that
  ///   says none.
  func confidence(
    of graph: LigandGraph, at places: Places, by residues: [Protein.Residue]
  ) throws -> Double? {
    guard let confidence else { return nil }
    let receptor = try ReceptorGraph(residues, confidence.configuration)
    // Alone, so that it does not depend on other poses.
    let batch = try ComplexBatch(
      [ComplexBatch.Complex(graph, at: places, receptor)], times: [0], confidence.configuration)
    let said = try checked { withoutGradients { confidence.confidences(batch).sigmoid().item() } }
    guard said.isFinite else {
      throw ModelError.weights(
        folder: "confidence_model", reason: "expected a finite confidence, found \(said)")
    }
    return said
  }
}
