/// The names that need the fewest changes to become `name`, nearest first.
///
/// Upper case does not count, `+` is a `p`, and a name that begins with the other is one change
/// away at most. A name is near if at most two fifths of the longer one's letters,
/// or two, have to change, or if one begins with the other.
package func nearestNames(to name: String, among names: [String], limit: Int = 3) -> [String] {
  let wanted = String(name.lowercased().map { $0 == "+" ? "p" : $0 })
  guard !wanted.isEmpty else { return [] }
  let ranked = names.compactMap { candidate -> (name: String, distance: Int)? in
    let distance = editDistance(wanted, candidate.lowercased())
    let allowed = max(2, max(wanted.count, candidate.count) * 2 / 5)
    let isPrefix =
      candidate.lowercased().hasPrefix(wanted) || wanted.hasPrefix(candidate.lowercased())
    return distance <= allowed || isPrefix
      ? (candidate, isPrefix ? min(distance, 1) : distance) : nil
  }
  return ranked.sorted { $0.distance < $1.distance }.prefix(limit).map(\.name)
}

/// The number of letters to insert, remove, replace or swap with their neighbour.
///
/// Damerau 1964, in the form that never edits a swapped pair again.
package func editDistance(_ a: String, _ b: String) -> Int {
  // What both begin and end with costs nothing; names of weights share most of theirs.
  let start = zip(a, b).prefix { $0 == $1 }.count
  let end = zip(a.dropFirst(start).reversed(), b.dropFirst(start).reversed()).prefix { $0 == $1 }
    .count
  let (a, b) = (Array(a.dropFirst(start).dropLast(end)), Array(b.dropFirst(start).dropLast(end)))
  var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
  for i in 0...a.count { rows[i][0] = i }
  for j in 0...b.count { rows[0][j] = j }
  for i in a.indices {
    for j in b.indices {
      var best = min(rows[i][j + 1] + 1, rows[i + 1][j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, rows[i - 1][j - 1] + 1)
      }
      rows[i + 1][j + 1] = best
    }
  }
  return rows[a.count][b.count]
}
