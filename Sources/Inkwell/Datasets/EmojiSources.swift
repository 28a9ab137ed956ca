internal import Foundation

/// The packages that the emoji data set is built from, pinned in `Data/emoji/sources.json`.
struct EmojiSources: Codable, Equatable {
  /// A package of a registry.
  struct Package: Codable, Equatable {
    enum Registry: String, Codable {
      case debian, pypi
    }

    /// Its name in the registry.
    let name: String
    let registry: Registry
    let version: String
    /// The name of the file that the registry gives.
    let file: String
    /// The file's SHA-256 in hexadecimal.
    let sha256: String
    /// What the data set has from it.
    let provides: String
    /// The style of its drawings, if it has any.
    let style: EmojiStyle?
    /// The licence's SPDX identifier.
    let license: String
    /// Whom to name.
    let credit: String
    let homepage: String

    /// How a picture names where it is from.
    var label: String { "\(registry.rawValue):\(name)@\(version)" }
  }

  let packages: [Package]

  /// The sources of this release.
  static func pinned() throws -> EmojiSources {
    try JSONDecoder().decode(
      EmojiSources.self, from: Data(PackageResources.emoji_sources_json))
  }

  /// The packages that some styles need, labels included.
  func needed(for styles: [EmojiStyle]) -> [Package] {
    packages.filter { package in package.style.map(styles.contains) ?? true }
  }
}
