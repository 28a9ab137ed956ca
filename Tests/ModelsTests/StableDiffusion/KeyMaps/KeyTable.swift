import Foundation
import TestSupport
import Testing

/// A part of `keys.txt`: what diffusers makes of the original's tensors.
struct KeyTable: CustomTestStringConvertible, Sendable {
  /// A tensor of the original and one of those that it becomes, if any.
  struct Row: Sendable {
    let source: String
    let sourceShape: [Int]
    let target: String?
    let targetShape: [Int]
    let isTransposed: Bool
  }

  let name: String
  private(set) var rows: [Row] = []

  var testDescription: String { name }

  /// The original's tensors.
  var sources: [String: [Int]] {
    Dictionary(rows.map { ($0.source, $0.sourceShape) }) { first, _ in first }
  }

  /// diffusers' tensors.
  var targets: [String: [Int]] {
    Dictionary(
      uniqueKeysWithValues: rows.compactMap { row in row.target.map { ($0, row.targetShape) } })
  }

  /// All parts by name.
  static func all() throws -> [String: KeyTable] { try parsed.get() }

  /// The file is read once: six thousand lines take a debug build a while.
  private static let parsed = Result { try parse() }

  private static func parse() throws -> [String: KeyTable] {
    let text = try String(contentsOf: Golden.file("keys.txt"), encoding: .utf8)
    var tables: [KeyTable] = []
    var last = (source: "", target: "", shape: "")
    for line in text.split(separator: "\n") {
      if line.hasPrefix("= ") {
        tables.append(KeyTable(name: String(line.dropFirst(2))))
        last = ("", "", "")
        continue
      }
      let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      let (a, b) = (try #require(Int(fields[0])), try #require(Int(fields[3])))
      let source = String(last.source.prefix(a)) + fields[1]
      let target = String(last.target.prefix(b)) + fields[4]
      let shape = fields[2] == "*" ? last.shape : fields[2]
      last = (source, target, shape)
      var targetShape = fields.count > 5 ? fields[5] : shape
      let isTransposed = targetShape.hasSuffix("T")
      if isTransposed { targetShape.removeLast() }
      tables[tables.count - 1].rows.append(
        Row(
          source: source, sourceShape: sizes(shape), target: target == "-" ? nil : target,
          targetShape: sizes(targetShape), isTransposed: isTransposed))
    }
    return Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
  }

  private static func sizes(_ text: String) -> [Int] {
    text.split(separator: ",").compactMap { Int($0) }
  }
}
