internal import Foundation
internal import Models

/// A model that docks molecules.
struct DockingModel {
  let network: DiffDockNetwork
  let details: DockingModelDetails

  /// Reads a model.
  init(_ folder: DockingModelFolder) throws {
    network = try DiffDockNetwork(folder: folder.url.appending(path: "score_model"))
    details = folder.index.about
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
    ] where !isRight {
      throw ModelError.unsupported(file: file, key: key, expected: expected, found: found)
    }
  }
}
