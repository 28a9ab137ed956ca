internal import Foundation

/// What one side took.
struct Result {
  /// Seconds or megabytes.
  let number: Double
  /// The most memory that the process had.
  let megabytes: Double
}

/// A benchmark's results.
struct Row {
  /// What the results count; less is better.
  enum Unit {
    case seconds
    case megabytes
  }

  let title: String
  let ours: Result
  let peer: Result
  let unit: Unit

  init(_ title: String, ours: Result, peer: Result, unit: Unit) {
    self.title = title
    self.ours = ours
    self.peer = peer
    self.unit = unit
  }

  /// A line of the table.
  var markdown: String {
    let format =
      switch unit {
      case .seconds: "%.1f ms"
      case .megabytes: "%.1f MB"
      }
    let factor = unit == .seconds ? 1000.0 : 1
    let cells = [
      title, String(format: format, ours.number * factor),
      String(format: format, peer.number * factor),
      String(format: "%.2f", peer.number / ours.number),
      String(format: "%.0f MB, %.0f MB", ours.megabytes, peer.megabytes),
    ]
    return "| \(cells.joined(separator: " | ")) |"
  }
}

/// The results as a Markdown table.
func table(_ rows: [Row]) -> String {
  let head = """
    | | Inkwell | Python | Python / Inkwell | processes' peak memory |
    |---|---|---|---|---|
    """
  return ([head] + rows.map(\.markdown)).joined(separator: "\n")
}
