internal import Evaluation

/// What a judge said of moments whose actions are known, drive by drive.
struct ActionVerdict {
  /// How often each action was taken for each, `[truth][said]`, in each drive.
  private let counts: [[[Int]]]
  private let actions: Int

  private static let resamples = 1000

  init(_ moments: [DriveLesson.Moment], said: [Int], actions: Int) {
    self.actions = actions
    let none = [[Int]](repeating: [Int](repeating: 0, count: actions), count: actions)
    var counts: [Int: [[Int]]] = [:]
    for (moment, answer) in zip(moments, said) {
      counts[moment.drive, default: none][moment.action][answer] += 1
    }
    self.counts = counts.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The share of the moments of an action that are seen, as the mean over the actions.
  ///
  /// An action counts as much as another, however rare it is. The range is that of drives drawn
  /// anew: the moments of one drive are not independent.
  var balanced: Estimate {
    estimate { sum in
      let shares = (0..<actions).compactMap { action -> Double? in
        let all = sum[action].reduce(0, +)
        return all > 0 ? Double(sum[action][action]) / Double(all) : nil
      }
      return shares.reduce(0, +) / Double(max(shares.count, 1))
    }
  }

  /// How well one action is seen.
  func sight(of action: Int) -> RareEvent.Sight {
    func share(of truths: [Int]) -> Estimate {
      estimate { sum in
        let all = truths.reduce(0) { $0 + sum[$1].reduce(0, +) }
        return Double(truths.reduce(0) { $0 + sum[$1][action] }) / Double(max(all, 1))
      }
    }
    return RareEvent.Sight(
      seen: share(of: [action]), falselySeen: share(of: (0..<actions).filter { $0 != action }))
  }

  /// A figure of the counts of all drives, with the range of those of drives drawn anew.
  private func estimate(_ figure: ([[Int]]) -> Double) -> Estimate {
    func sum(_ drives: [Int]) -> [[Int]] {
      (0..<actions).map { truth in
        (0..<actions).map { said in drives.reduce(0) { $0 + counts[$1][truth][said] } }
      }
    }
    var random = WorldRandom(0)
    let resampled = (0..<Self.resamples).map { _ in
      figure(sum(counts.map { _ in random.below(counts.count) }))
    }
    return Estimate(figure(sum(Array(counts.indices))), resampled: resampled)
  }
}
