public import Foundation

extension NormalMixture: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case weights, means, deviations
  }

  /// A key of any name.
  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a mixture, checked like any other; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let known = Set(CodingKeys.allCases.map(\.rawValue))
    let keys = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let unknown = keys.sorted().first(where: { !known.contains($0) }) {
      throw MixtureError.unknown(key: unknown)
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func list(_ key: CodingKeys) throws -> [Double] {
      guard container.contains(key) else { throw MixtureError.missing(key: key.rawValue) }
      do {
        return try container.decode([Double].self, forKey: key)
      } catch is DecodingError {
        throw MixtureError.kind(key: key.rawValue, expected: "a list of finite numbers")
      }
    }
    try self.init(
      weights: list(.weights), means: list(.means), deviations: list(.deviations))
  }

  /// Writes the three lists.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(weights, forKey: .weights)
    try container.encode(means, forKey: .means)
    try container.encode(deviations, forKey: .deviations)
  }

  /// Reads the mixture of a JSON file: an object with `weights`, `means` and `deviations`.
  ///
  /// - Parameter url: The file.
  /// - Throws: ``MixtureError/file(path:_:)``.
  public init(contentsOf url: URL) throws(MixtureError) {
    let path = url.path(percentEncoded: false)
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url)
    } catch {
      throw .file(path: path, .unreadable(reason: error.localizedDescription))
    }
    try self.init(json: bytes, file: path)
  }

  /// Reads the mixture of a JSON text.
  ///
  /// - Parameters:
  ///   - bytes: The text.
  ///   - file: What errors call it.
  /// - Throws: ``MixtureError/file(path:_:)``.
  public init(json bytes: Data, file: String) throws(MixtureError) {
    do {
      self = try JSONDecoder().decode(NormalMixture.self, from: bytes)
    } catch let error as MixtureError {
      throw .file(path: file, error)
    } catch DecodingError.dataCorrupted(let context) {
      throw .file(path: file, .notJSON(reason: context.debugDescription))
    } catch DecodingError.typeMismatch(_, _) {
      throw .file(path: file, .notJSON(reason: "found another value"))
    } catch {
      throw .file(path: file, .notJSON(reason: "\(error)"))
    }
  }
}
