/// One table of a CIF file: the columns of a category, row by row, as texts.
///
/// Hall, Allen and Brown 1991, https://doi.org/10.1107/S010876739101067X, as the Protein Data Bank
/// writes it: a category is a loop, or single values, which are a table of one row.
struct CIFTable {
  /// The names of the columns in small letters, without the category's.
  private(set) var columns: [String] = []
  /// The values, row after row; none for one that is unknown (`?`) or that is not (`.`).
  private(set) var values: [String?] = []
  /// The line of each value.
  private(set) var lines: [Int] = []

  var rows: Int { columns.isEmpty ? 0 : values.count / columns.count }

  private let source: String
  private let most: Int

  /// Reads the table of a category, such as `_atom_site`, of the first block.
  ///
  /// - Parameters:
  ///   - category: Its name.
  ///   - bytes: The whole file.
  ///   - source: What to name in errors.
  ///   - most: How many rows it may have.
  /// - Throws: ``ProteinError`` for a text that is not CIF, or a table that is not there.
  init(
    _ category: String, in bytes: [UInt8], source: String, most: Int
  ) throws(ProteinError) {
    (self.source, self.most) = (source, most)
    let prefix = category.lowercased() + "."
    var words = try CIFWords(bytes, source: source)
    var isInBlock = false
    words: while let word = try words.next() {
      switch word.kind {
      case .block:
        // The names of another block are those of another structure.
        if isInBlock { break words }
        isInBlock = true
      case .loop:
        if try readLoop(&words, prefix) { return }
      case .name:
        let value = try words.next()
        guard let value, value.kind == .value else {
          throw word.misfit("a value after \(word.text)", found: value, source)
        }
        if word.text.lowercased().hasPrefix(prefix) {
          columns.append(String(word.text.lowercased().dropFirst(prefix.count)))
          append(value)
        }
      case .value:
        throw word.misfit("a name, such as \(prefix)id", found: word, source)
      }
    }
    guard rows > 0 else {
      throw .missing(source: source, expected: "the table \(category)", found: "none")
    }
  }

  /// Whether it was this table's.
  private mutating func readLoop(
    _ words: inout CIFWords, _ prefix: String
  ) throws(ProteinError) -> Bool {
    var names: [String] = []
    while let word = words.following, word.kind == .name {
      names.append(word.text.lowercased())
      _ = try words.next()
    }
    let isOurs = names.first?.hasPrefix(prefix) == true
    if isOurs { columns = names.map { String($0.dropFirst(prefix.count)) } }
    while let word = words.following, word.kind == .value {
      if isOurs {
        append(word)
        guard rows <= most else {
          throw .tooLarge(source: source, expected: "\(most) rows or less", found: "more")
        }
      }
      _ = try words.next()
    }
    guard isOurs else { return false }
    guard rows > 0, values.count.isMultiple(of: names.count) else {
      throw .line(
        source: source, number: lines.last ?? 0,
        expected: "rows of \(names.count) values",
        found: "\(values.count % names.count) in the last")
    }
    return true
  }

  private mutating func append(_ word: CIFWord) {
    values.append(word.isBare && ["?", "."].contains(word.text) ? nil : word.text)
    lines.append(word.line)
  }
}
