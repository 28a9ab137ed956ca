public import Foundation

/// A file of BinaryCIF: tables of what is known of molecules, each column packed for itself.
///
/// Sehnal et al. 2020, https://doi.org/10.1371/journal.pcbi.1008247. Of several blocks the first is
/// read. Columns are unpacked when they are asked for, and nothing in the file makes one longer
/// than its table.
public struct BinaryCIF: Sendable {
  /// The most rows of a table.
  public static let mostRows = 1 << 24

  private let source: String
  private let categories: [String: (rows: Int, columns: [String: MessagePack])]

  /// Reads the tables' names.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - source: What to name in errors.
  /// - Throws: ``BinaryCIFError``.
  public init(_ data: Data, source: String = "a BinaryCIF file") throws(BinaryCIFError) {
    self.source = source
    let file = PackedValue(try MessagePack(data, source: source), source: source, place: "file")
    guard let block = try file["dataBlocks"].array().first else {
      throw .missing(source: source, place: "a data block")
    }
    var categories: [String: (rows: Int, columns: [String: MessagePack])] = [:]
    for category in try block["categories"].array() {
      let name = try category["name"].text()
      let rows = try category.placed(at: name)["rowCount"].integer(in: 0...Self.mostRows)
      var columns: [String: MessagePack] = [:]
      for column in try category["columns"].array() {
        columns[try column["name"].text()] = column.value
      }
      categories[name] = (rows, columns)
    }
    self.categories = categories
  }

  /// The number of rows of a category.
  public func rows(of category: String) throws(BinaryCIFError) -> Int {
    try table(category).rows
  }

  /// A column of whole numbers; 0 where there is none.
  public func integers(_ category: String, _ column: String) throws(BinaryCIFError) -> [Int] {
    let (values, place) = try values(category, column)
    guard case .integers(let numbers) = values else {
      throw .structure(
        source: source, place: place, expected: "whole numbers", found: values.kind)
    }
    return numbers
  }

  /// A column of numbers; not a number where there is none.
  public func numbers(_ category: String, _ column: String) throws(BinaryCIFError) -> [Double] {
    let (values, place) = try values(category, column)
    var numbers: [Double]
    switch values {
    case .numbers(let found): numbers = found
    case .integers(let found): numbers = found.map(Double.init)
    default:
      throw .structure(source: source, place: place, expected: "numbers", found: values.kind)
    }
    if let known = try known(category, column) {
      for index in known.indices where !known[index] { numbers[index] = .nan }
    }
    return numbers
  }

  /// A column of texts; empty ones where there is none.
  public func texts(_ category: String, _ column: String) throws(BinaryCIFError) -> BinaryCIFTexts {
    let (values, place) = try values(category, column)
    guard case .texts(let texts) = values else {
      throw .structure(source: source, place: place, expected: "texts", found: values.kind)
    }
    return texts
  }

  /// Which rows of a column have a value; nothing if all have.
  private func known(_ category: String, _ column: String) throws(BinaryCIFError) -> [Bool]? {
    let (packed, rows) = try packed(category, column)
    guard let mask = try packed.optional("mask") else { return nil }
    guard case .integers(let states) = try BinaryCIFColumn(mask).values(rows: rows) else {
      throw .structure(
        source: source, place: mask.place, expected: "a mask of whole numbers", found: "others")
    }
    return states.map { $0 == 0 }
  }

  private func values(
    _ category: String, _ column: String
  ) throws(BinaryCIFError) -> (BinaryCIFValues, place: String) {
    let (packed, rows) = try packed(category, column)
    return (try BinaryCIFColumn(packed["data"]).values(rows: rows), packed.place)
  }

  private func packed(
    _ category: String, _ column: String
  ) throws(BinaryCIFError) -> (PackedValue, rows: Int) {
    let table = try table(category)
    let place = "\(category).\(column)"
    guard let value = table.columns[column] else { throw .missing(source: source, place: place) }
    return (PackedValue(value, source: source, place: place), table.rows)
  }

  private func table(
    _ category: String
  ) throws(BinaryCIFError) -> (rows: Int, columns: [String: MessagePack]) {
    guard let table = categories[category] else {
      throw .missing(source: source, place: "the category \(category)")
    }
    return table
  }
}

/// A column of texts, each kept once.
public struct BinaryCIFTexts: Sendable, RandomAccessCollection {
  let strings: [String]
  /// The text of each row; -1 for none.
  let numbers: [Int]

  /// The first row.
  public var startIndex: Int { 0 }
  /// One past the last row.
  public var endIndex: Int { numbers.count }

  /// The text of a row.
  public subscript(row: Int) -> String {
    let number = numbers[row]
    return number < 0 ? "" : strings[number]
  }
}

/// A value with its place in the file, read with errors that say what was expected and found.
struct PackedValue {
  let value: MessagePack
  let source: String
  let place: String

  init(_ value: MessagePack, source: String, place: String) {
    (self.value, self.source, self.place) = (value, source, place)
  }

  func placed(at place: String) -> PackedValue {
    PackedValue(value, source: source, place: place)
  }

  subscript(key: String) -> PackedValue {
    get throws(BinaryCIFError) {
      guard let inner = try optional(key) else {
        throw .missing(source: source, place: "\(place).\(key)")
      }
      return inner
    }
  }

  /// The value of a key; nothing if it is not there or null.
  func optional(_ key: String) throws(BinaryCIFError) -> PackedValue? {
    guard case .map(let values) = value else { throw misfit("a map") }
    switch values[key] {
    case .none, .some(.null): return nil
    case .some(let inner): return PackedValue(inner, source: source, place: "\(place).\(key)")
    }
  }

  func array() throws(BinaryCIFError) -> [PackedValue] {
    guard case .array(let values) = value else { throw misfit("an array") }
    return values.enumerated().map {
      PackedValue($1, source: source, place: "\(place)[\($0)]")
    }
  }

  func text() throws(BinaryCIFError) -> String {
    guard case .text(let text) = value else { throw misfit("a text") }
    return text
  }

  func bytes() throws(BinaryCIFError) -> Data {
    guard case .bytes(let bytes) = value else { throw misfit("bytes") }
    return bytes
  }

  func boolean() throws(BinaryCIFError) -> Bool {
    guard case .boolean(let value) = value else { throw misfit("true or false") }
    return value
  }

  func integer(in range: ClosedRange<Int>) throws(BinaryCIFError) -> Int {
    guard case .integer(let number) = value, range.contains(number) else {
      throw misfit("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func number() throws(BinaryCIFError) -> Double {
    switch value {
    case .integer(let number): return Double(number)
    case .number(let number) where number.isFinite: return number
    default: throw misfit("a finite number")
    }
  }

  func misfit(_ expected: String) -> BinaryCIFError {
    let found =
      switch value {
      case .integer(let number): "\(number)"
      case .number(let number): "\(number)"
      case .text(let text): "\"\(RDKit.shortened(text))\""
      default: value.kind
      }
    return .structure(source: source, place: place, expected: expected, found: found)
  }
}
