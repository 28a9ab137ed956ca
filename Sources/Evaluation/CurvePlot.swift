internal import Foundation

/// Curves with ranges, as an SVG picture that needs nothing from elsewhere.
///
/// Up the plot, equal ratios are equally far apart: values are positive.
public struct CurvePlot: Sendable {
  /// A point and the range of its value.
  public struct Point: Sendable {
    let x: Double
    let y: Double
    let range: ClosedRange<Double>

    /// A point at the place `x` whose value `y` lies in a range.
    public init(x: Double, y: Double, range: ClosedRange<Double>) {
      (self.x, self.y, self.range) = (x, y, range)
    }
  }

  /// Points of one kind, joined by lines.
  public struct Curve: Sendable {
    let name: String
    let points: [Point]

    /// Points in the order in which they are joined.
    public init(name: String, points: [Point]) {
      (self.name, self.points) = (name, points)
    }
  }

  /// A height to compare with.
  public struct Level: Sendable {
    let name: String
    let y: Double

    /// The height `y` and what it is.
    public init(name: String, y: Double) {
      (self.name, self.y) = (name, y)
    }
  }

  let curves: [Curve]
  let horizontal: String
  let vertical: String
  let isLogarithmic: Bool
  let level: Level?

  /// A plot.
  ///
  /// - Parameters:
  ///   - curves: The curves.
  ///   - horizontal: What the places across are.
  ///   - vertical: What the heights are.
  ///   - isLogarithmic: Whether the places across are equal ratios apart; they are positive then.
  ///   - level: A height to compare with.
  public init(
    curves: [Curve], horizontal: String, vertical: String, isLogarithmic: Bool,
    level: Level? = nil
  ) {
    (self.curves, self.horizontal, self.vertical) = (curves, horizontal, vertical)
    (self.isLogarithmic, self.level) = (isLogarithmic, level)
  }

  private static let colors = [
    "#1f6fd0", "#c8541c", "#16835b", "#a0359c", "#9a7400", "#c22a56", "#0b7f93", "#5a5fc7",
  ]
  private static let left = 64.0
  private static let right = 600.0
  private static let top = 16.0
  private static let bottom = 330.0

  /// The picture.
  public var svg: String {
    let height = 392 + 20 * curves.count
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 \(height)" width="620" \
      height="\(height)" font-family="system-ui, sans-serif" font-size="13">
      <rect width="620" height="\(height)" fill="#ffffff"/>
      \((columns + rows + reference + curves.indices.flatMap(lines)).joined(separator: "\n"))
      <text x="332" y="366" text-anchor="middle" fill="#444">\(Self.escaped(horizontal))</text>
      <text x="16" y="173" text-anchor="middle" fill="#444" transform="rotate(-90 16 173)">\
      \(Self.escaped(vertical))</text>
      \(curves.indices.map(key).joined(separator: "\n"))
      </svg>

      """
  }

  // MARK: Places

  private var points: [Point] { curves.flatMap(\.points) }

  /// Equal ratios are equally far apart, up the plot always.
  private static func share(_ value: Double, from low: Double, to high: Double) -> Double {
    high > low ? (value - low) / (high - low) : 0.5
  }

  private func across(_ x: Double) -> Double {
    let all = points.map { isLogarithmic ? log($0.x) : $0.x }
    let share = Self.share(
      isLogarithmic ? log(x) : x, from: all.min() ?? 0, to: all.max() ?? 1)
    return Self.left + 16 + share * (Self.right - Self.left - 32)
  }

  /// The least and the largest height, a little beyond what there is.
  private var heights: ClosedRange<Double> {
    let all =
      points.flatMap { [$0.y, $0.range.lowerBound, $0.range.upperBound] }
      + (level.map { [$0.y] } ?? [])
    let positive = all.filter { $0 > 0 }
    let (low, high) = (positive.min() ?? 0.1, positive.max() ?? 1)
    return low * 0.85...max(high * 1.15, low)
  }

  private func up(_ y: Double) -> Double {
    let (low, high) = (heights.lowerBound, heights.upperBound)
    let share = Self.share(log(max(y, low)), from: log(low), to: log(high))
    return Self.bottom - share * (Self.bottom - Self.top)
  }

  private func place(_ number: Double) -> String { String(format: "%.1f", number) }

  // MARK: Parts

  private var columns: [String] {
    Set(points.map(\.x)).sorted().map { x in
      let column = place(across(x))
      return """
        <line x1="\(column)" y1="16" x2="\(column)" y2="330" stroke="#e3e5e9"/>
        <text x="\(column)" y="347" text-anchor="middle" fill="#666">\(Self.number(x))</text>
        """
    }
  }

  private var rows: [String] {
    let shown = heights
    let decade = pow(10, log10(shown.lowerBound).rounded(.down))
    let marks = stride(from: 0, through: 6, by: 1).flatMap { power in
      [1, 2, 5].map { $0 * decade * pow(10, Double(power)) }
    }
    return marks.filter(shown.contains).map { y in
      """
      <line x1="64" y1="\(place(up(y)))" x2="600" y2="\(place(up(y)))" stroke="#e3e5e9"/>
      <text x="58" y="\(place(up(y) + 4))" text-anchor="end" fill="#666">\(Self.number(y))</text>
      """
    }
  }

  private var reference: [String] {
    guard let level else { return [] }
    let y = place(up(level.y))
    return [
      """
      <line x1="64" y1="\(y)" x2="600" y2="\(y)" stroke="#444" stroke-dasharray="5 4"/>
      <text x="596" y="\(place(up(level.y) - 5))" text-anchor="end" fill="#444">\
      \(Self.escaped(level.name))</text>
      """
    ]
  }

  private func lines(_ index: Int) -> [String] {
    let color = Self.colors[index % Self.colors.count]
    let points = curves[index].points
    let path = points.map { "\(place(across($0.x))),\(place(up($0.y)))" }.joined(separator: " ")
    let ranges = points.map { point in
      let x = place(across(point.x))
      return """
        <line x1="\(x)" y1="\(place(up(point.range.lowerBound)))" x2="\(x)" \
        y2="\(place(up(point.range.upperBound)))" stroke="\(color)" stroke-width="1.2"/>
        <circle cx="\(x)" cy="\(place(up(point.y)))" r="3" fill="#fff" stroke="\(color)" \
        stroke-width="1.8"/>
        """
    }
    let line =
      "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.8\"/>"
    return [line] + ranges
  }

  private func key(_ index: Int) -> String {
    let y = 388 + 20 * index
    return """
      <line x1="64" y1="\(y)" x2="92" y2="\(y)" \
      stroke="\(Self.colors[index % Self.colors.count])" stroke-width="2.4"/>
      <text x="100" y="\(y + 4)" fill="#222">\(Self.escaped(curves[index].name))</text>
      """
  }

  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
