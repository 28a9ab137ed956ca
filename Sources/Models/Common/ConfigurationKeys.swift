/// The keys of a network's configuration, read with errors that say what was expected and found.
package struct ConfigurationKeys<Key: CodingKey> {
  private let container: KeyedDecodingContainer<Key>

  package init(_ decoder: any Decoder, keyedBy type: Key.Type = Key.self) throws {
    container = try decoder.container(keyedBy: type)
  }

  /// The value of a key; `fallback` where it is missing or null.
  package func value<Value: Decodable>(_ key: Key, or fallback: Value) throws -> Value {
    try container.decodeIfPresent(Value.self, forKey: key) ?? fallback
  }

  /// The value of a key, if it is there and not null.
  package func value<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws
    -> Value?
  {
    try container.decodeIfPresent(type, forKey: key)
  }

  /// The value of a key that must be there.
  package func required<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws
    -> Value
  {
    try container.decode(type, forKey: key)
  }

  /// A whole number from 1 to `most`; `fallback`, if there is one, where it is missing or null.
  package func size(_ key: Key, or fallback: Int? = nil, most: Int = 1 << 20) throws -> Int {
    let found = try fallback.map { try value(key, or: $0) } ?? required(key)
    guard found > 0 else { throw misfit(key, expected: "1 or more", found: found) }
    guard found <= most else { throw misfit(key, expected: "\(most) or less", found: found) }
    return found
  }

  /// A whole number from 1 to `most`, if the key is there and not null.
  package func sizeIfAny(_ key: Key, most: Int = 1 << 20) throws -> Int? {
    let found: Int? = try value(key)
    return try found.map { _ in try size(key, most: most) }
  }

  /// Refuses another value than the one that the network follows; a missing one is that.
  package func require<Value: Decodable & Equatable>(_ key: Key, _ expected: Value) throws {
    let found = try value(key, or: expected)
    guard found == expected else { throw misfit(key, expected: "\(expected)", found: found) }
  }

  /// Whether the key is there and null.
  package func isNull(_ key: Key) throws -> Bool {
    try container.contains(key) && container.decodeNil(forKey: key)
  }

  /// Refuses any value but none.
  package func requireNone(_ key: Key) throws {
    guard container.contains(key), try !container.decodeNil(forKey: key) else { return }
    throw misfit(key, expected: "none", found: "a value")
  }

  /// The error for a value that the network cannot have.
  package func misfit(_ key: Key, expected: String, found: some Any) -> DecodingError {
    misfit(key, "expected \(expected), found \(found)")
  }

  /// The error for a value that the network cannot have.
  package func misfit(_ key: Key, _ reason: String) -> DecodingError {
    .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
  }
}
