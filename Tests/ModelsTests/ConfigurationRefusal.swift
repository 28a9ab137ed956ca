import Foundation
import TestSupport
import Testing

@testable import Models

/// What is said about a configuration file with one key changed, or removed where it is nil.
func refusal<Configuration: Decodable>(
  of type: Configuration.Type, in file: URL, _ key: String, _ json: String?
) throws -> String {
  let folder = try TemporaryFolder()
  var object = try #require(
    JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  object[key] = try json.map {
    try JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)
  }
  try folder.write(JSONSerialization.data(withJSONObject: object), to: "config.json")
  let error = #expect(throws: ConfigurationError.self) {
    try readConfiguration(type, from: folder.file("config.json"))
  }
  return try #require(error).reason
}
