internal import Foundation

extension Proof: CustomStringConvertible {
  /// The table for people to read, and a last line that sums it up.
  public var description: String {
    var rows: [String] = []
    for part in ProofLine.Part.allCases {
      let lines = lines.filter { $0.part == part }
      guard !lines.isEmpty else { continue }
      rows.append(part.title)
      let cells = lines.map(\.cells)
      let widths = (0..<5).map { column in cells.map { $0[column].count }.reduce(0, max) }
      rows += cells.map { row in
        let padded = zip(row.prefix(5), widths).map { cell, width in
          cell + String(repeating: " ", count: width - cell.count)
        }
        let line = "  " + (padded + row.dropFirst(5)).joined(separator: "  ")
        return line.trimmingTrailingSpaces
      }
      rows.append("")
    }
    return (rows + [summary]).joined(separator: "\n")
  }

  /// How many lines hold.
  public var summary: String {
    let failed = lines.count { !$0.holds }
    return failed == 0
      ? "All \(lines.count) lines hold." : "\(failed) of \(lines.count) lines do not hold."
  }

  /// The proof as JSON.
  ///
  /// - Throws: What the encoder throws.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension ProofLine {
  /// The claim in a few characters, such as `≥ 2`.
  package var claimText: String {
    claimed.map { "\(relation.sign) \(ProofNumber.text($0))" } ?? "–"
  }

  /// The tolerance, or a dash without a claim.
  package var toleranceText: String { claimed == nil ? "–" : ProofNumber.text(tolerance) }

  /// The measured number.
  package var measuredText: String { measured.map(ProofNumber.text) ?? "not finite" }

  fileprivate var cells: [String] {
    [
      "\(holds ? "✓" : "✗") \(subject)", property, claimText, measuredText, "± \(toleranceText)",
      note.map { "(\($0))" } ?? "",
    ]
  }
}

/// Numbers as a table has them.
enum ProofNumber {
  /// Seven digits, as short as may be.
  static func text(_ number: Double) -> String { String(format: "%.7g", number) }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
