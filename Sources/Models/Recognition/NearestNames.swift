/// Names that a name may have been meant for.
package enum NearestNames {
  /// The name among some that differs least, if few characters do.
  ///
  /// - Parameters:
  ///   - name: A name that is not among them.
  ///   - others: Names; at most the 4000 that are about as long are compared.
  /// - Returns: The nearest, if at most a third of it differs.
  package static func nearest(to name: String, among others: some Collection<String>) -> String? {
    let own = Array(name.utf8)
    var best: (name: String, distance: Int)?
    for other in others.lazy.filter({ abs($0.utf8.count - own.count) <= own.count / 3 }).prefix(
      4000)
    {
      let limit = min(best?.distance ?? Int.max, own.count / 3 + 1)
      let found = distance(own, Array(other.utf8), limit: limit)
      if found < limit { best = (other, found) }
    }
    return best?.name
  }

  /// Levenshtein's distance, or `limit` where it is no less.
  static func distance(_ a: [UInt8], _ b: [UInt8], limit: Int) -> Int {
    // What both begin and end with costs nothing.
    let start = zip(a, b).prefix { $0 == $1 }.count
    let end = zip(a[start...].reversed(), b[start...].reversed()).prefix { $0 == $1 }.count
    let (a, b) = (Array(a[start..<a.count - end]), Array(b[start..<b.count - end]))
    guard abs(a.count - b.count) < limit else { return limit }
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var (diagonal, smallest) = (row[0], i + 1)
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let next = x == y ? diagonal : 1 + min(diagonal, row[j], row[j + 1])
        diagonal = row[j + 1]
        row[j + 1] = next
        smallest = min(smallest, next)
      }
      guard smallest < limit else { return limit }
    }
    return min(row[b.count], limit)
  }
}
