internal import Foundation

extension Contest.Outcome {
  /// The results as a Markdown table below a heading.
  ///
  /// - Parameter peak: The operations a second that the processor can do at most.
  /// - Returns: The text; columns that would be empty are left out, and sides that were not run
  ///   stand below the table, with the reason.
  func markdown(peak: Double?) -> String {
    var lines = ["### \(heading)", ""]
    let columns = columns(peak: peak).filter { $0.cells.contains { $0 != nil } }
    let ran = standings.indices.filter { standings[$0].spread != nil }
    if !ran.isEmpty {
      lines.append("| | " + columns.map(\.title).joined(separator: " | ") + " |")
      lines.append("|---|" + columns.map { _ in "---|" }.joined())
      lines += ran.map { index in
        let cells = columns.map { $0.cells[index] ?? "–" }
        return "| \(([standings[index].name] + cells).joined(separator: " | ")) |"
      }
    }
    let missing = standings.compactMap { standing in
      standing.obstacle.map { "- not run: \(standing.name): \($0)" }
    }
    return (lines + (missing.isEmpty ? [] : [""] + missing)).joined(separator: "\n") + "\n"
  }

  private var heading: String {
    guard let operations else { return title }
    return title + String(format: " (%.4g GFLOP)", operations / 1e9)
  }

  private func columns(peak: Double?) -> [(title: String, cells: [String?])] {
    func column(
      _ title: String, _ cell: (Contest.Standing) -> String?
    ) -> (title: String, cells: [String?]) {
      (title, standings.map(cell))
    }
    let speed = { (standing: Contest.Standing) -> Double? in
      guard let operations = self.operations, let spread = standing.spread else { return nil }
      return operations / spread.median
    }
    return [
      column("first call") { $0.first.map(figure) },
      column(unit == .seconds ? "median (quartiles)" : "megabytes (quartiles)") {
        $0.spread.map(figures)
      },
      column("of \(standings[0].name)'s (all turns)") { standing in
        standing.ratio(to: standings[0]).map {
          String(format: "%.2f (%.2f–%.2f)", $0.median, $0.lower, $0.upper)
        }
      },
      column("GFLOP/s") { speed($0).map { String(format: "%.0f", $0 / 1e9) } },
      column("of the peak") { standing in
        guard let peak, let speed = speed(standing) else { return nil }
        return String(format: "%.0f %%", 100 * speed / peak)
      },
      column("peak memory") { $0.megabytes.map { String(format: "%.0f MB", $0) } },
      column("differs by", \.difference),
    ]
  }

  private func figures(_ spread: Spread) -> String {
    "\(figure(spread.median)) (\(figure(spread.lower))–\(figure(spread.upper)))"
  }

  private func figure(_ value: Double) -> String {
    switch unit {
    case .megabytes: String(format: "%.1f MB", value)
    case .seconds where value < 1: String(format: "%.4g ms", 1000 * value)
    case .seconds: String(format: "%.4g s", value)
    }
  }
}
