internal import Files
public import Foundation

/// Pieces that texts in SMILES are spelled with: symbols, and pairs of pieces that stand beside
/// each other often.
///
/// Byte-pair encoding over the symbols (Li and Fourches 2021,
/// https://doi.org/10.1021/acs.jcim.0c01127): a piece may be a whole ring or an amide, and a text
/// has a third as many pieces as symbols.
public struct SMILESVocabulary: Sendable, Equatable {
  /// The pieces; a piece's number is its place.
  public let pieces: [String]
  /// How many of them are symbols, which come first.
  private let symbols: Int
  /// The pairs that are joined, in the order in which they are.
  private let pairs: [[Int]]
  private let numbers: [String: Int]
  /// The rank of a pair and the piece that it makes, at `first · pieces + second`; −1 for none.
  private let joins: [Int32]

  private init(symbols: [String], pairs: [[Int]]) {
    var pieces = symbols
    var numbers = Dictionary(uniqueKeysWithValues: symbols.enumerated().map { ($1, $0) })
    var made: [Int] = []
    for pair in pairs {
      let piece = pieces[pair[0]] + pieces[pair[1]]
      if numbers[piece] == nil {
        numbers[piece] = pieces.count
        pieces.append(piece)
      }
      made.append(numbers[piece] ?? 0)
    }
    self.symbols = symbols.count
    self.pairs = pairs
    self.pieces = pieces
    self.numbers = numbers
    var joins = [Int32](repeating: -1, count: pieces.count * pieces.count)
    for (rank, pair) in pairs.enumerated() {
      joins[pair[0] * pieces.count + pair[1]] = Int32(rank) << 16 | Int32(made[rank])
    }
    self.joins = joins
  }

  /// The most pieces of a vocabulary.
  public static let most = 4096

  /// The numbers of the pieces that spell a text.
  ///
  /// - Throws: ``SMILESError`` for what is no SMILES, or has a symbol that is not here.
  public func numbers(of smiles: String) throws(SMILESError) -> [Int] {
    var row: [Int] = []
    for symbol in try SMILESSymbols.symbols(of: smiles) {
      guard let number = numbers[symbol], number < symbols else {
        throw .unknown(smiles: smiles, symbol: symbol)
      }
      row.append(number)
    }
    return joined(row)
  }

  /// The text of pieces.
  ///
  /// - Parameter numbers: Numbers below the count of ``pieces``.
  /// - Returns: The text, which need not be that of a molecule.
  public func text(of numbers: [Int]) -> String { numbers.map { pieces[$0] }.joined() }

  /// Joins pairs, the earliest learnt first.
  private func joined(_ start: [Int]) -> [Int] {
    var row = start
    while row.count > 1 {
      var best = Int32.max
      for place in 1..<row.count {
        let join = joins[row[place - 1] * pieces.count + row[place]]
        if join >= 0 && join < best { best = join }
      }
      guard best < Int32.max else { break }
      let pair = pairs[Int(best >> 16)]
      row = Self.joined(row, pair[0], pair[1], as: Int(best & 0xffff))
    }
    return row
  }

  /// A row in which every pair of two pieces, from the left, is one.
  private static func joined(_ row: [Int], _ first: Int, _ second: Int, as piece: Int) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(row.count)
    var place = 0
    while place < row.count {
      if place + 1 < row.count, row[place] == first, row[place + 1] == second {
        result.append(piece)
        place += 2
      } else {
        result.append(row[place])
        place += 1
      }
    }
    return result
  }
}

extension SMILESVocabulary {
  /// Learns pieces from texts.
  ///
  /// - Parameters:
  ///   - texts: Texts in SMILES, all symbols of which become pieces.
  ///   - joins: How many pairs are joined, the most frequent first; of those that are as frequent,
  ///     the one whose pieces were there first.
  ///   - examples: How many texts, spread evenly, pairs are counted in.
  /// - Throws: ``SMILESError`` for a text that is no SMILES, or more pieces than ``most``.
  public init(
    learnedFrom texts: [String], joins: Int, examples: Int = 20_000
  ) throws(SMILESError) {
    var known: Set<String> = []
    var rows: [[String]] = []
    let stride = max(1, texts.count / max(examples, 1))
    for (index, text) in texts.enumerated() {
      let symbols = try SMILESSymbols.symbols(of: text)
      known.formUnion(symbols)
      if index.isMultiple(of: stride) { rows.append(symbols) }
    }
    let symbols = known.sorted()
    guard symbols.count + joins <= Self.most, joins >= 0 else {
      throw .vocabulary(
        file: "the pieces to learn", expected: "at most \(Self.most)",
        found: "\(symbols.count) symbols and \(joins) pairs")
    }
    let numbers = Dictionary(uniqueKeysWithValues: symbols.enumerated().map { ($1, $0) })
    self.init(
      symbols: symbols,
      pairs: Self.frequentPairs(
        in: rows.map { row in row.map { numbers[$0] ?? 0 } }, symbols: symbols, joins: joins))
  }

  private static func frequentPairs(
    in start: [[Int]], symbols: [String], joins: Int
  ) -> [[Int]] {
    var rows = start
    var pieces = symbols
    let width = symbols.count + joins
    var pairs: [[Int]] = []
    while pairs.count < joins {
      var counts = [Int](repeating: 0, count: width * width)
      for row in rows where row.count > 1 {
        for place in 1..<row.count { counts[row[place - 1] * width + row[place]] += 1 }
      }
      guard let most = counts.max(), most > 1, let pair = counts.firstIndex(of: most) else { break }
      let (first, second) = (pair / width, pair % width)
      let text = pieces[first] + pieces[second]
      let piece = pieces.firstIndex(of: text) ?? pieces.count
      if piece == pieces.count { pieces.append(text) }
      // A piece that came about in two ways may bring a pair back.
      if !pairs.contains([first, second]) { pairs.append([first, second]) }
      rows = rows.map { joined($0, first, second, as: piece) }
    }
    return pairs
  }
}

extension SMILESVocabulary {
  /// What the file has.
  private struct Layout: Codable {
    static let kind = "SMILES pairs"
    let type: String
    let symbols: [String]
    let pairs: [[Int]]
  }

  /// The file of the vocabulary, JSON; the same for equal ones.
  public var file: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(
        Layout(type: Layout.kind, symbols: Array(pieces.prefix(symbols)), pairs: pairs))
    }
  }

  /// Reads a vocabulary.
  ///
  /// - Parameter url: A file of at most 1 MB that ``file`` gave.
  /// - Throws: ``SMILESError/vocabulary(file:expected:found:)``, or a `FileError`.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    let size = try Int(Descriptor(path, O_RDONLY, action: "read").status().st_size)
    func misfit(_ expected: String, _ found: String) -> SMILESError {
      .vocabulary(file: path, expected: expected, found: found)
    }
    guard size <= 1 << 20 else { throw misfit("at most \(1 << 20) bytes", "\(size)") }
    let layout: Layout
    do {
      layout = try JSONDecoder().decode(Layout.self, from: Data(contentsOf: url))
    } catch {
      throw misfit("a vocabulary of SMILES in JSON", "\(error)")
    }
    guard layout.type == Layout.kind else {
      throw misfit("the type \(Layout.kind)", RDKit.shortened(layout.type))
    }
    let symbols = layout.symbols
    guard !symbols.isEmpty, Set(symbols).count == symbols.count,
      symbols.count + layout.pairs.count <= Self.most
    else { throw misfit("1 to \(Self.most) symbols and pairs, each symbol once", "others") }
    for symbol in symbols where try SMILESSymbols.symbols(of: symbol).count != 1 {
      throw misfit("symbols of SMILES", RDKit.shortened(symbol))
    }
    try Self.check(layout.pairs, symbols, misfit)
    self.init(symbols: symbols, pairs: layout.pairs)
  }

  /// Sees that each pair is of pieces that are there before it.
  private static func check(
    _ pairs: [[Int]], _ symbols: [String], _ misfit: (String, String) -> SMILESError
  ) throws {
    var pieces = symbols
    var known = Set(symbols)
    var seen: Set<[Int]> = []
    for (rank, pair) in pairs.enumerated() {
      guard pair.count == 2, pair.allSatisfy(pieces.indices.contains),
        seen.insert(pair).inserted
      else { throw misfit("two pieces that are there before pair \(rank + 1)", "\(pair)") }
      let text = pieces[pair[0]] + pieces[pair[1]]
      guard text.utf8.count <= SMILESSymbols.longest else {
        throw misfit("pieces of at most \(SMILESSymbols.longest) bytes", "\(text.utf8.count)")
      }
      if known.insert(text).inserted { pieces.append(text) }
    }
  }
}
