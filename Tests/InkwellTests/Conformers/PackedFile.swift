import Foundation

/// A value as MessagePack writes it, for small files of BinaryCIF.
indirect enum Packed {
  case integer(Int)
  case boolean(Bool)
  case text(String)
  case bytes(Data)
  case array([Packed])
  case map([(String, Packed)])

  var data: Data {
    switch self {
    case .integer(let number): Data([0xd3]) + Self.big(UInt64(bitPattern: Int64(number)), 8)
    case .boolean(let value): Data([value ? 0xc3 : 0xc2])
    case .text(let text): Data([0xdb]) + Self.big(UInt64(text.utf8.count), 4) + Data(text.utf8)
    case .bytes(let bytes): Data([0xc6]) + Self.big(UInt64(bytes.count), 4) + bytes
    case .array(let values):
      values.reduce(Data([0xdd]) + Self.big(UInt64(values.count), 4)) { $0 + $1.data }
    case .map(let values):
      values.reduce(Data([0xdf]) + Self.big(UInt64(values.count), 4)) {
        $0 + Packed.text($1.0).data + $1.1.data
      }
    }
  }

  private static func big(_ number: UInt64, _ count: Int) -> Data {
    Data((0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
  }

  private static var plain: Packed {
    .array([.map([("kind", .text("ByteArray")), ("type", .integer(3))])])
  }

  private static func words(_ numbers: [Int]) -> Data {
    numbers.reduce(Data()) { data, number in
      let word = UInt32(bitPattern: Int32(number))
      return data + Data((0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) })
    }
  }

  /// A column of whole numbers.
  static func column(_ name: String, _ numbers: [Int]) -> Packed {
    .map([
      ("name", .text(name)),
      ("data", .map([("encoding", plain), ("data", .bytes(words(numbers)))])),
    ])
  }

  /// A column of numbers with three digits after the point.
  static func column(_ name: String, thousandths numbers: [Double]) -> Packed {
    let encoding = Packed.array([
      .map([("kind", .text("FixedPoint")), ("factor", .integer(1000))]),
      .map([("kind", .text("ByteArray")), ("type", .integer(3))]),
    ])
    let data = words(numbers.map { $0.isNaN ? 0 : Int(($0 * 1000).rounded()) })
    let mask = words(numbers.map { $0.isNaN ? 1 : 0 })
    return .map([
      ("name", .text(name)), ("data", .map([("encoding", encoding), ("data", .bytes(data))])),
      ("mask", .map([("encoding", plain), ("data", .bytes(mask))])),
    ])
  }

  /// A column of texts.
  static func column(_ name: String, texts: [String]) -> Packed {
    let ends = texts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.unicodeScalars.count) }
    let encoding = Packed.array([
      .map([
        ("kind", .text("StringArray")), ("stringData", .text(texts.joined())),
        ("offsets", .bytes(words(ends))), ("offsetEncoding", plain), ("dataEncoding", plain),
      ])
    ])
    return .map([
      ("name", .text(name)),
      (
        "data",
        .map([("encoding", encoding), ("data", .bytes(words(Array(texts.indices))))])
      ),
    ])
  }

  /// A file of one block.
  static func file(_ categories: [(name: String, rows: Int, columns: [Packed])]) -> Data {
    Packed.map([
      (
        "dataBlocks",
        .array([
          .map([
            (
              "categories",
              .array(
                categories.map {
                  .map([
                    ("name", .text($0.name)), ("rowCount", .integer($0.rows)),
                    ("columns", .array($0.columns)),
                  ])
                })
            )
          ])
        ])
      )
    ]).data
  }
}
