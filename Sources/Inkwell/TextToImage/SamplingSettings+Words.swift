extension SamplingSettings {
  /// The number of steps, and what is not computed in each of them, for pages.
  var stepsInWords: String {
    guard let cache else { return "\(steps) steps" }
    let part = cache.kept == .whole ? "the network" : "the deep blocks"
    let when =
      cache.interval.map { "in one of \($0)" } ?? "where they changed by more than a threshold"
    return "\(steps) steps (\(part) computed \(when), "
      + "and else foreseen by a polynomial of degree \(cache.order ?? 0))"
  }
}
