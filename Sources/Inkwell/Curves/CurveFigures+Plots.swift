internal import Evaluation
internal import Foundation

extension CurveFigures {
  /// The plots by the name of their file: the Fréchet distance, and the accuracy where scales
  /// differ.
  var plots: [String: String] {
    var plots = [
      "frechet.svg": plot(
        "Fréchet distance from the training pictures",
        level: ("real held-out pictures", real.value)
      ) { $0.frechet }.svg
    ]
    if axis == .scale, points.allSatisfy({ $0.accuracy != nil }) {
      plots["accuracy.svg"] =
        plot("share taken for what it was to be", level: nil) { $0.accuracy }.svg
    }
    return plots
  }

  private func plot(
    _ vertical: String, level: (String, Double)?, _ value: (Point) -> Estimate?
  ) -> CurvePlot {
    let severalModels = Set(points.map(\.model)).count > 1
    func name(_ point: Point) -> String {
      severalModels ? "\(point.model), \(point.sampler)" : point.sampler
    }
    var names: [String] = []
    for point in points where !names.contains(name(point)) { names.append(name(point)) }
    let curves = names.map { known in
      CurvePlot.Curve(
        name: known,
        points: points.filter { name($0) == known }.compactMap { point in
          guard let estimate = value(point) else { return nil }
          let x = axis == .scale ? point.scale ?? 0 : Double(point.evaluations)
          let (low, high) = (estimate.interval.lower, estimate.interval.upper)
          return CurvePlot.Point(x: x, y: estimate.value, range: min(low, high)...max(low, high))
        })
    }
    return CurvePlot(
      curves: curves,
      horizontal: axis == .scale ? "guidance scale" : "evaluations of the network",
      vertical: vertical, isLogarithmic: axis == .evaluations,
      level: level.map { CurvePlot.Level(name: $0.0, y: $0.1) })
  }
}
