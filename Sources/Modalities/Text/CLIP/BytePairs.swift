/// Byte pair encoding: a word's bytes, merged pair by pair in the order of a list.
///
/// Sennrich et al. 2016, section 3.2, https://arxiv.org/abs/1508.07909, over bytes; the last byte
/// of a word is another token than the same byte within.
struct BytePairs: Sendable {
  /// What two neighbours become, and how early in the list.
  struct Merge: Sendable {
    let rank: Int
    let id: Int
  }

  /// The tokens of the 256 bytes within a word.
  private let inner: [Int]
  /// The tokens of the 256 bytes at the end of a word.
  private let final: [Int]
  private let merges: [UInt64: Merge]
  /// The tokens that end a word.
  let wordEnds: Set<Int>

  /// - Parameters:
  ///   - inner: The tokens of the 256 bytes within a word.
  ///   - final: The tokens of the 256 bytes at the end of a word.
  ///   - merges: Left and right tokens, and what they become, the first merge first.
  init(inner: [Int], final: [Int], merges: [(left: Int, right: Int, id: Int)]) {
    self.inner = inner
    self.final = final
    var table: [UInt64: Merge] = [:]
    table.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      table[Self.key(merge.left, merge.right)] = Merge(rank: rank, id: merge.id)
    }
    self.merges = table
    wordEnds = merges.reduce(into: Set(final)) { ends, merge in
      if ends.contains(merge.right) { ends.insert(merge.id) }
    }
  }

  /// The tokens of a word.
  ///
  /// The earliest merge of the list comes first, and of several places the leftmost; a queue finds
  /// it, so that a word of a million letters takes seconds and not days.
  ///
  /// - Parameter word: Its bytes, at least one.
  /// - Returns: The tokens, and where in the word each begins.
  func callAsFunction(_ word: [UInt8]) -> [(id: Int, start: Int)] {
    let last = word.suffix(1).map { final[Int($0)] }
    var chain = Chain(word.dropLast().map { inner[Int($0)] } + last)
    var queue = MinimumQueue()
    func offer(_ left: Int) {
      guard let merge = merge(in: chain, at: left) else { return }
      queue.insert(UInt64(merge.rank) << 32 | UInt64(left))
    }
    for left in word.indices.dropLast() { offer(left) }
    while let first = queue.removeMinimum() {
      let left = Int(first & 0xFFFF_FFFF)
      // A place that has changed since it was queued was queued again for what it is now.
      guard let merge = merge(in: chain, at: left), merge.rank == Int(first >> 32) else { continue }
      chain.mergeNext(at: left, into: merge.id)
      if let before = chain.previous(of: left) { offer(before) }
      offer(left)
    }
    return chain.tokens
  }

  private func merge(in chain: Chain, at left: Int) -> Merge? {
    guard let right = chain.next(of: left) else { return nil }
    return merges[Self.key(chain.ids[left], chain.ids[right])]
  }

  private static func key(_ left: Int, _ right: Int) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }
}

/// The tokens of a word, each at the place of its first byte and linked to its neighbours.
private struct Chain {
  private(set) var ids: [Int]
  private var nexts: [Int]
  private var previouses: [Int]

  init(_ ids: [Int]) {
    self.ids = ids
    nexts = Array(1..<ids.count + 1)
    previouses = Array(-1..<ids.count - 1)
  }

  /// The place of the right neighbour; none for the last token, and where no token is any more.
  func next(of place: Int) -> Int? {
    nexts[place] < ids.count && ids[place] >= 0 ? nexts[place] : nil
  }

  func previous(of place: Int) -> Int? {
    previouses[place] >= 0 ? previouses[place] : nil
  }

  /// Puts one token in the place of two.
  mutating func mergeNext(at place: Int, into id: Int) {
    let right = nexts[place]
    ids[place] = id
    ids[right] = -1
    nexts[place] = nexts[right]
    if nexts[place] < ids.count { previouses[nexts[place]] = place }
  }

  var tokens: [(id: Int, start: Int)] {
    ids.enumerated().filter { $0.element >= 0 }.map { (id: $0.element, start: $0.offset) }
  }
}

/// Numbers, of which the smallest is taken first: a binary heap.
private struct MinimumQueue {
  private var heap: [UInt64] = []

  mutating func insert(_ value: UInt64) {
    heap.append(value)
    var place = heap.count - 1
    while place > 0, heap[place] < heap[(place - 1) / 2] {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeMinimum() -> UInt64? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var place = 0
    while true {
      let children = (2 * place + 1..<2 * place + 3).clamped(to: 0..<heap.count)
      guard let child = children.min(by: { heap[$0] < heap[$1] }), heap[child] < heap[place]
      else { return first }
      heap.swapAt(place, child)
      place = child
    }
  }
}
