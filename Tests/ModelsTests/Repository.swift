import Foundation

/// Where what the tests read lies in the repository.
enum Repository {
  static func textEncoder(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Models/inkwell-emoji/text_encoder")
      .appending(path: name)
  }
}
