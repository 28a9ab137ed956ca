internal import Foundation

/// What one side took.
struct Result {
  let seconds: Double
  let megabytes: Double
}

/// A benchmark's results.
struct Row {
  let title: String
  let ours: Result
  let peer: Result

  init(_ title: String, ours: Result, peer: Result) {
    self.title = title
    self.ours = ours
    self.peer = peer
  }
}

/// The results as a Markdown table.
func table(_ rows: [Row]) -> String {
  let head = """
    | | Inkwell | Python | times as fast | peak memory |
    |---|---|---|---|---|
    """
  let lines = rows.map { row in
    String(
      format: "| %@ | %.1f ms | %.1f ms | %.2f | %.0f MB against %.0f MB |", row.title,
      row.ours.seconds * 1000, row.peer.seconds * 1000, row.peer.seconds / row.ours.seconds,
      row.ours.megabytes, row.peer.megabytes)
  }
  return ([head] + lines).joined(separator: "\n")
}
