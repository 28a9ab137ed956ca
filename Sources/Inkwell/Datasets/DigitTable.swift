internal import Foundation

/// A handwritten digit of MNIST.
struct Digit: Equatable {
  /// The width and the height of the pictures.
  static let side = 28

  /// Which digit it is, 0 to 9.
  let label: Int
  /// How bright each pixel is, in rows from the top: `28 · 28` numbers.
  let pixels: [UInt8]
}

/// Reads a table with a digit a line: its pixels, and last which digit it is, between commas.
enum DigitTable {
  private static let count = Digit.side * Digit.side

  /// The digits of a table; the last line may end in a line feed or not.
  ///
  /// - Parameters:
  ///   - table: The table's bytes.
  ///   - file: Its name, for errors.
  /// - Returns: At least one digit.
  /// - Throws: `DatasetError.malformedLine`.
  static func parse(_ table: Data, file: String) throws -> [Digit] {
    var lines = table.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard !lines.isEmpty else {
      throw DatasetError.malformedLine(file: file, line: 1, expected: "a digit", found: "")
    }
    return try lines.enumerated().map { index, line in
      try digit(line, Line(file: file, number: index + 1))
    }
  }

  private struct Line {
    let file: String
    let number: Int

    func error(expected: String, found: some StringProtocol) -> DatasetError {
      .malformedLine(
        file: file, line: number, expected: expected, found: String(found.prefix(40)))
    }
  }

  private static func digit(_ line: Data, _ place: Line) throws -> Digit {
    let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard fields.count == count + 1 else {
      throw place.error(
        expected: "\(count) pixels and a label", found: "\(fields.count) numbers")
    }
    let pixels = try fields.dropLast().map { field in
      guard let value = number(field), value <= UInt8.max else {
        throw place.error(
          expected: "a pixel from 0 to 255", found: String(decoding: field, as: UTF8.self))
      }
      return UInt8(value)
    }
    guard let label = number(fields[count]), label <= 9 else {
      throw place.error(
        expected: "a label from 0 to 9", found: String(decoding: fields[count], as: UTF8.self))
    }
    return Digit(label: label, pixels: pixels)
  }

  /// A whole number of one to three digits and nothing else.
  private static func number(_ field: Data) -> Int? {
    guard (1...3).contains(field.count) else { return nil }
    var value = 0
    for byte in field {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = 10 * value + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
