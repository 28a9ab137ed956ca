internal import Foundation

/// Curves of errors over evaluations, both logarithmic, as SVG.
struct ErrorPlot {
  private let curves: [ErrorCurve]
  private let order: Int
  private let decades: ClosedRange<Int>

  private static let size = (width: 480.0, height: 340.0)
  private static let left = 56.0
  private static let right = 468.0
  private static let top = 12.0
  private static let bottom = 292.0
  /// How many colours the page's style has.
  static let colors = 8
  private static let dashes = ["", "7 4", "2 4"]

  /// A plot of curves of one kind and order, with a line of that order's slope.
  init(_ curves: [ErrorCurve], order: Int) {
    self.curves = curves
    self.order = order
    let logs = curves.flatMap(\.points).compactMap(\.error).filter { $0 > 0 }.map { log10($0) }
    let low = max(Int((logs.min() ?? -1).rounded(.down)), -14)
    let high = min(Int((logs.max() ?? 0).rounded(.up)), 6)
    decades = low...max(high, low + 1)
  }

  /// The element, whose colours and fonts the page's style gives.
  var svg: String {
    """
    <svg viewBox="0 0 480 340" role="img" aria-label="error against evaluations">
    \((grid + [slope] + curves.enumerated().map(line)).joined(separator: "\n"))
    <text class="axis" x="262" y="332" text-anchor="middle">evaluations of the denoiser</text>
    </svg>
    """
  }

  /// What each curve is, in its colour.
  var legend: String {
    let items = curves.enumerated().map { index, curve in
      let (color, dash) = Self.look(index)
      return """
        <li><svg class="key" viewBox="0 0 28 8"><line class="curve c\(color)" x1="0" y1="4" x2="28" \
        y2="4"\(dash)/></svg>\(escaped(curve.sampler))</li>
        """
    }
    return "<ul class=\"legend\">\n\(items.joined(separator: "\n"))\n</ul>"
  }

  private static func look(_ index: Int) -> (color: Int, dash: String) {
    let dash = dashes[index / colors % dashes.count]
    return (index % colors, dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\"")
  }

  // MARK: Places

  private func x(_ evaluations: Double) -> Double {
    // From 5 to 120.
    let share = log(evaluations / 5) / log(120.0 / 5)
    return Self.left + min(max(share, 0), 1) * (Self.right - Self.left)
  }

  private func y(_ error: Double) -> Double {
    let (low, high) = (Double(decades.lowerBound), Double(decades.upperBound))
    let share = (log10(error) - low) / (high - low)
    return Self.bottom - min(max(share, 0), 1) * (Self.bottom - Self.top)
  }

  private func place(_ number: Double) -> String { String(format: "%.1f", number) }

  // MARK: Parts

  private var grid: [String] {
    let columns = [5, 10, 20, 50, 100].map { evaluations in
      let x = place(x(Double(evaluations)))
      return """
        <line class="grid" x1="\(x)" y1="12" x2="\(x)" y2="292"/>
        <text class="axis" x="\(x)" y="310" text-anchor="middle">\(evaluations)</text>
        """
    }
    let step = max((decades.count + 7) / 8, 1)
    let rows = stride(from: decades.lowerBound, through: decades.upperBound, by: step).map {
      decade in
      let y = y(pow(10, Double(decade)))
      return """
        <line class="grid" x1="56" y1="\(place(y))" x2="468" y2="\(place(y))"/>
        <text class="axis" x="50" y="\(place(y + 4))" text-anchor="end">1e\(decade)</text>
        """
    }
    return columns + rows
  }

  /// How an error falls that is of the claimed order, from the middle of the first ones.
  private var slope: String {
    let firsts = curves.compactMap { $0.points.first?.error }.filter { $0 > 0 }.sorted()
    guard order > 0, let start = firsts.isEmpty ? nil : firsts[firsts.count / 2] else { return "" }
    let floor = pow(10, Double(decades.lowerBound))
    // Where the line leaves the plot.
    let last = min(100, 10 * pow(start / floor, 1 / Double(order)))
    guard last > 10 else { return "" }
    let end = start * pow(10 / last, Double(order))
    return """
      <line class="slope" x1="\(place(x(10)))" y1="\(place(y(start)))" x2="\(place(x(last)))" \
      y2="\(place(y(end)))"/>
      """
  }

  private func line(_ index: Int, _ curve: ErrorCurve) -> String {
    let (color, dash) = Self.look(index)
    let points = curve.points.compactMap { point -> String? in
      guard let error = point.error, error > 0 else { return nil }
      return "\(place(x(Double(point.evaluations)))),\(place(y(error)))"
    }
    let dots = points.map { point in
      let parts = point.split(separator: ",")
      return "<circle class=\"dot c\(color)\" cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"2.5\"/>"
    }
    return """
      <g><title>\(escaped(curve.sampler))</title>
      <polyline class="curve c\(color)"\(dash) points="\(points.joined(separator: " "))"/>
      \(dots.joined(separator: "\n"))</g>
      """
  }
}

/// A text in HTML.
func escaped(_ text: String) -> String {
  text.replacingOccurrences(of: "&", with: "&amp;")
    .replacingOccurrences(of: "<", with: "&lt;")
    .replacingOccurrences(of: ">", with: "&gt;")
    .replacingOccurrences(of: "\"", with: "&quot;")
}
