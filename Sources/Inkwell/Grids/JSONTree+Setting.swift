internal import Foundation

extension JSONTree {
  /// What a text that someone typed can mean: a value of JSON, and the text itself.
  static func readings(of text: String) -> [JSONTree] {
    let value = Result { try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8)) }
    guard case .success(let found) = value else { return [.string(text)] }
    return [found, .string(text)]
  }

  /// The tree with another value at a place.
  ///
  /// - Parameters:
  ///   - value: The value.
  ///   - path: The keys of objects, and the numbers of an array's elements, from 1.
  ///   - name: What to name in errors.
  ///   - isPart: Whether the place must be there, as it must below the first key.
  /// - Returns: The other tree.
  /// - Throws: ``GridError`` that names what is there.
  func setting(
    _ value: JSONTree, at path: ArraySlice<String>, of name: String, isPart: Bool = false
  ) throws -> JSONTree {
    guard let key = path.first else { return value }
    switch self {
    case .object(var fields):
      guard let inner = fields[key] ?? (isPart || path.count > 1 ? nil : .null) else {
        throw GridError.nothing(name, missing: key, known: isPart ? fields.keys.sorted() : [])
      }
      fields[key] = try inner.setting(value, at: path.dropFirst(), of: name, isPart: true)
      return .object(fields)
    case .array(var elements):
      guard let number = Int(key), elements.indices.contains(number - 1) else {
        throw GridError.nothing(
          name, missing: key, known: elements.indices.map { "\($0 + 1)" })
      }
      elements[number - 1] = try elements[number - 1].setting(
        value, at: path.dropFirst(), of: name, isPart: true)
      return .array(elements)
    default: throw GridError.nothing(name, missing: key, known: [])
    }
  }
}
