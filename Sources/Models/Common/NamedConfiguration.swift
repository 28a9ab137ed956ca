package import Foundation

/// What a network's `config.json` says: its sizes, and the name of its class in the reference.
package struct NamedConfiguration<Configuration: Encodable>: Encodable {
  private let name: String
  private let configuration: Configuration

  /// Sizes and the name of their class.
  package init(_ name: String, _ configuration: Configuration) {
    self.name = name
    self.configuration = configuration
  }

  private enum CodingKeys: String, CodingKey {
    case name = "_class_name"
  }

  /// Writes the name beside the sizes.
  package func encode(to encoder: any Encoder) throws {
    try configuration.encode(to: encoder)
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(name, forKey: .name)
  }

  /// The file.
  package var file: Data { get throws { try configurationData(self) } }
}

/// A configuration as files have it: JSON over several lines, its keys in order.
package func configurationData(_ configuration: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return try encoder.encode(configuration)
}
