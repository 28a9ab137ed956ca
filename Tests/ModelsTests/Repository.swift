import Foundation

/// Where what the tests read lies in the repository.
enum Repository {
  /// The folder of the model that is part of the repository.
  static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Models/inkwell-emoji")

  static func textEncoder(_ name: String) -> URL {
    model.appending(path: "text_encoder").appending(path: name)
  }
}
