/// The nodes and weights of Gauss' quadrature between two places, with eight points.
///
/// Abramowitz & Stegun 1964, table 25.4.
func gaussNodes(from begin: Double, to end: Double) -> [(place: Double, weight: Double)] {
  let (middle, half) = ((begin + end) / 2, (end - begin) / 2)
  return gaussRule.flatMap { node in
    [-1, 1].map { (middle + $0 * half * node.place, half * node.weight) }
  }
}

private let gaussRule: [(place: Double, weight: Double)] = [
  (0.1834346424956498, 0.3626837833783620), (0.5255324099163290, 0.3137066458778873),
  (0.7966664774136267, 0.2223810344533745), (0.9602898564975363, 0.1012285362903763),
]
