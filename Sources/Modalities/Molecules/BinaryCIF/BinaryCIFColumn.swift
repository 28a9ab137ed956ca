internal import Foundation

/// What a column holds while it is being unpacked, and in the end.
enum BinaryCIFValues {
  case bytes(Data)
  case integers([Int])
  case numbers([Double])
  case texts(BinaryCIFTexts)

  var kind: String {
    switch self {
    case .bytes: "bytes"
    case .integers: "whole numbers"
    case .numbers: "numbers"
    case .texts: "texts"
    }
  }

  var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .integers(let numbers): numbers.count
    case .numbers(let numbers): numbers.count
    case .texts(let texts): texts.count
    }
  }
}

/// A packed column: bytes, and the steps by which they were packed, the last one first.
///
/// Sehnal et al. 2020, section "Encoding methods",
/// https://github.com/molstar/BinaryCIF/blob/master/encoding.md.
struct BinaryCIFColumn {
  private let packed: PackedValue

  init(_ packed: PackedValue) { self.packed = packed }

  /// Unpacks the column.
  ///
  /// - Parameter rows: How many values there must be.
  /// - Returns: So many values.
  /// - Throws: ``BinaryCIFError``.
  func values(rows: Int) throws(BinaryCIFError) -> BinaryCIFValues {
    let values = try Self.unpacked(
      .bytes(try packed["data"].bytes()), try packed["encoding"], most: rows)
    guard values.count == rows else {
      throw packed.misfit(count: rows, values.count)
    }
    return values
  }

  /// Takes back the steps of packing.
  ///
  /// - Parameters:
  ///   - values: What was packed.
  ///   - encoding: The steps.
  ///   - most: How many values there may be, at most.
  /// - Returns: The values.
  /// - Throws: ``BinaryCIFError``.
  fileprivate static func unpacked(
    _ values: BinaryCIFValues, _ encoding: PackedValue, most: Int
  ) throws(BinaryCIFError) -> BinaryCIFValues {
    var values = values
    for step in try encoding.array().reversed() {
      values = try BinaryCIFStep(step, most: most).undone(values)
    }
    return values
  }
}

/// A step of packing.
private struct BinaryCIFStep {
  private let step: PackedValue
  private let most: Int

  init(_ step: PackedValue, most: Int) { (self.step, self.most) = (step, most) }

  func undone(_ values: BinaryCIFValues) throws(BinaryCIFError) -> BinaryCIFValues {
    switch (try step["kind"].text(), values) {
    case ("ByteArray", .bytes(let bytes)): return try numbers(bytes)
    case ("FixedPoint", .integers(let numbers)):
      let factor = try step["factor"].number()
      guard factor != 0 else { throw try step["factor"].misfit("a number other than 0") }
      return .numbers(numbers.map { Double($0) / factor })
    case ("IntervalQuantization", .integers(let numbers)):
      let (low, high) = (try step["min"].number(), try step["max"].number())
      let last = Double(try step["numSteps"].integer(in: 2...(1 << 31))) - 1
      return .numbers(numbers.map { low + Double($0) * (high - low) / last })
    case ("RunLength", .integers(let pairs)): return .integers(try runs(pairs))
    case ("Delta", .integers(let differences)):
      var sum = try step["origin"].integer(in: -(1 << 53)...(1 << 53))
      return .integers(
        differences.map { difference in
          // A hostile file's sums may be anything, but no trap.
          sum &+= difference
          return sum
        })
    case ("IntegerPacking", .integers(let parts)): return .integers(try wholes(parts))
    case ("StringArray", .bytes): return .texts(try texts(values))
    case (let kind, let values):
      throw step.misfit("an encoding of \(values.kind)", found: "\"\(RDKit.shortened(kind))\"")
    }
  }

  /// `ByteArray`: the type's numbers in little-endian order.
  private func numbers(_ bytes: Data) throws(BinaryCIFError) -> BinaryCIFValues {
    switch try step["type"].integer(in: 1...33) {
    case 1: return .integers(try integers(bytes, as: Int8.self))
    case 2: return .integers(try integers(bytes, as: Int16.self))
    case 3: return .integers(try integers(bytes, as: Int32.self))
    case 4: return .integers(try integers(bytes, as: UInt8.self))
    case 5: return .integers(try integers(bytes, as: UInt16.self))
    case 6: return .integers(try integers(bytes, as: UInt32.self))
    case 32:
      return .numbers(
        try words(bytes, as: UInt32.self).map { Double(Float(bitPattern: $0)) })
    case 33: return .numbers(try words(bytes, as: UInt64.self).map { Double(bitPattern: $0) })
    default: throw try step["type"].misfit("a type from 1 to 6, 32 or 33")
    }
  }

  private func integers<Word: FixedWidthInteger>(
    _ bytes: Data, as type: Word.Type
  ) throws(BinaryCIFError) -> [Int] {
    try words(bytes, as: type).map { Int($0) }
  }

  private func words<Word: FixedWidthInteger>(
    _ bytes: Data, as type: Word.Type
  ) throws(BinaryCIFError) -> [Word] {
    let size = MemoryLayout<Word>.size
    guard bytes.count % size == 0 else {
      throw step.misfit("bytes of whole numbers of \(size) bytes", found: "\(bytes.count) bytes")
    }
    return bytes.withUnsafeBytes { memory in
      stride(from: 0, to: memory.count, by: size).map {
        Word(littleEndian: memory.loadUnaligned(fromByteOffset: $0, as: Word.self))
      }
    }
  }

  /// `RunLength`: a number and how often it is repeated.
  private func runs(_ pairs: [Int]) throws(BinaryCIFError) -> [Int] {
    guard pairs.count % 2 == 0 else {
      throw step.misfit("pairs of a number and its count", found: "\(pairs.count) numbers")
    }
    var values: [Int] = []
    for index in stride(from: 0, to: pairs.count, by: 2) {
      let count = pairs[index + 1]
      guard count >= 0, count <= most - values.count else {
        throw step.misfit(
          "at most \(most) values", found: "a run of \(count) after \(values.count)")
      }
      values.append(contentsOf: repeatElement(pairs[index], count: count))
    }
    return values
  }

  /// `IntegerPacking`: parts that are at their type's limit go on in the next one.
  private func wholes(_ parts: [Int]) throws(BinaryCIFError) -> [Int] {
    let bits = try step["byteCount"].integer(in: 1...2) * 8
    let isUnsigned = try step["isUnsigned"].boolean()
    let high = isUnsigned ? (1 << bits) - 1 : (1 << (bits - 1)) - 1
    let low = isUnsigned ? -1 : -high - 1
    var values: [Int] = []
    var sum = 0
    var isOpen = false
    for part in parts {
      sum &+= part
      isOpen = part == high || part == low
      guard !isOpen else { continue }
      values.append(sum)
      sum = 0
    }
    guard !isOpen else { throw step.misfit("a number after its parts", found: "the end") }
    return values
  }

  /// `StringArray`: one text with the places where each begins, and the number of each row's.
  private func texts(_ values: BinaryCIFValues) throws(BinaryCIFError) -> BinaryCIFTexts {
    let letters = Array(try step["stringData"].text().unicodeScalars)
    let places = try BinaryCIFColumn.unpacked(
      .bytes(try step["offsets"].bytes()), try step["offsetEncoding"], most: letters.count + 2)
    let rows = try BinaryCIFColumn.unpacked(values, try step["dataEncoding"], most: most)
    guard case .integers(let starts) = places, case .integers(let numbers) = rows else {
      throw step.misfit("whole numbers for places and rows", found: "others")
    }
    var strings: [String] = []
    for (start, end) in zip(starts, starts.dropFirst()) {
      guard 0 <= start, start <= end, end <= letters.count else {
        throw step.misfit(
          "rising places up to \(letters.count)", found: "\(start) before \(end)")
      }
      strings.append(String(String.UnicodeScalarView(letters[start..<end])))
    }
    if let number = numbers.first(where: { !(-1..<strings.count).contains($0) }) {
      throw step.misfit("numbers below \(strings.count)", found: "\(number)")
    }
    return BinaryCIFTexts(strings: strings, numbers: numbers)
  }
}

extension PackedValue {
  fileprivate func misfit(_ expected: String, found: String) -> BinaryCIFError {
    .structure(source: source, place: place, expected: expected, found: found)
  }

  fileprivate func misfit(count expected: Int, _ found: Int) -> BinaryCIFError {
    misfit("\(expected) values", found: "\(found)")
  }
}
