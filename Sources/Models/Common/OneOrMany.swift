/// A value of a configuration that stands for all levels of a network, or one for each.
struct OneOrMany<Value: Decodable>: Decodable {
  let values: [Value]
  let isOne: Bool

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      values = try container.decode([Value].self)
      isOne = false
    } catch DecodingError.typeMismatch {
      values = [try container.decode(Value.self)]
      isOne = true
    }
  }

  /// The values of `count` places, if the configuration has one for all or one for each.
  func spread(over count: Int) -> [Value]? {
    if isOne { return values.first.map { Array(repeating: $0, count: count) } }
    return values.count == count ? values : nil
  }
}

extension ConfigurationKeys {
  /// A value for each of `count` levels, from one for all or a list; `fallback` where it is
  /// missing.
  func perLevel<Value: Decodable>(
    _ key: Key, or fallback: Value, count: Int
  ) throws -> [Value] {
    guard let found = try value(key, as: OneOrMany<Value>.self) else {
      return Array(repeating: fallback, count: count)
    }
    guard let values = found.spread(over: count) else {
      throw misfit(key, expected: "1 or \(count) values", found: found.values.count)
    }
    return values
  }

  /// Sizes from 1 to `most` for each of `count` levels.
  func sizes(_ key: Key, or fallback: Int, count: Int, most: Int = 1 << 20) throws -> [Int] {
    let found = try perLevel(key, or: fallback, count: count)
    for size in found where !(1...most).contains(size) {
      throw misfit(key, expected: "1 to \(most)", found: size)
    }
    return found
  }
}
