internal import Files
internal import Foundation
internal import Modalities

/// The folder that an evaluation writes its page and its figures into; what else is there is kept.
struct EvaluationFolder {
  let url: URL

  /// Makes the folder if need be, and sees that files can be written into it.
  init(_ url: URL) throws {
    self.url = url
    let path = url.path(percentEncoded: false)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw OutputError.notWritable(path, reason: error.localizedDescription)
    }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw OutputError.notWritable(path, reason: "no permission to write there")
    }
  }

  /// Writes the figures, and last the page that tells them.
  ///
  /// Each file is the old one or the new one at any moment.
  func write(_ figures: some Encodable, page: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    try write(String(decoding: encoder.encode(figures), as: UTF8.self) + "\n", to: "figures.json")
    try write(page, to: "README.md")
  }

  private func write(_ text: String, to name: String) throws {
    try AtomicFile.write(Data(text.utf8), to: url.appending(path: name))
  }
}

/// A table in Markdown, the first row of which is its head.
func markdownTable(_ rows: [[String]]) -> String {
  guard let head = rows.first else { return "" }
  return ([head, head.map { _ in "---" }] + rows.dropFirst())
    .map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
}
