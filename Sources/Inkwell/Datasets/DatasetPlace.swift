internal import Foundation

/// The folder that a data set is built into: made beside its place, and put there as a whole.
struct DatasetPlace {
  /// The place.
  let output: URL

  /// The folder that is written meanwhile.
  var part: URL {
    output.deletingLastPathComponent().appending(path: ".\(output.lastPathComponent).part")
  }

  /// Refuses a place that holds anything but a data set of these commands.
  func check() throws {
    let path = output.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else { return }
    let content = try FileManager.default.contentsOfDirectory(atPath: path)
    guard content.isEmpty || content.contains("sources.json") && content.contains("metadata.jsonl")
    else { throw DatasetError.occupied(path: path) }
  }

  /// The unpacked packages by name: those of `sources` if it is given, or downloaded ones.
  ///
  /// - Parameters:
  ///   - packages: What is needed.
  ///   - sources: A folder with a folder for each unpacked package.
  ///   - cache: Where downloads are kept; beside the place, under `fallback`, without one.
  ///   - fallback: The name of the folder of downloads beside the place.
  ///   - report: Told what is being done.
  /// - Returns: A folder for each package.
  /// - Throws: `DatasetError`.
  func folders(
    of packages: [EmojiSources.Package], sources: URL?, cache: URL?, fallback: String,
    report: @escaping (String) -> Void
  ) throws -> [String: URL] {
    let beside = output.deletingLastPathComponent().appending(path: fallback)
    let fetcher = PackageFetcher(cache: cache ?? beside, report: report)
    var folders: [String: URL] = [:]
    for package in packages {
      guard let sources else {
        folders[package.name] = try fetcher.folder(of: package)
        continue
      }
      let folder = sources.appending(path: package.name)
      guard FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)) else {
        throw DatasetError.missing(
          path: folder.path(percentEncoded: false),
          hint: "Unpack \(package.name) \(package.version) (\(package.registry.rawValue)) there.")
      }
      folders[package.name] = folder
    }
    return folders
  }

  /// Writes a data set's lists into a folder: a line a picture, the packages, and the credits.
  ///
  /// - Parameters:
  ///   - pictures: The lines of `metadata.jsonl`.
  ///   - packages: What they were made from.
  ///   - change: What was done to the pictures, in a sentence.
  ///   - folder: The folder.
  /// - Throws: What the file system throws.
  static func writeLists(
    _ pictures: [some Encodable], from packages: [EmojiSources.Package], change: String,
    to folder: URL
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = Data()
    for picture in pictures {
      lines.append(try encoder.encode(picture))
      lines.append(UInt8(ascii: "\n"))
    }
    try lines.write(to: folder.appending(path: "metadata.jsonl"))
    encoder.outputFormatting.insert(.prettyPrinted)
    try encoder.encode(EmojiSources(packages: packages))
      .write(to: folder.appending(path: "sources.json"))
    try Data(licenses(packages, change: change).utf8)
      .write(to: folder.appending(path: "LICENSES.md"))
  }

  /// The credits, as the licences ask for them.
  private static func licenses(_ packages: [EmojiSources.Package], change: String) -> String {
    var text = """
      # Licences and credits

      Each picture's licence and source are in `metadata.jsonl` as `license` and `source`. \
      \(change)

      | from | what | licence | credit |
      |---|---|---|---|

      """
    for package in packages {
      text +=
        "| [\(package.name) \(package.version)](\(package.homepage)) | \(package.provides) "
        + "| \(package.license) | \(package.credit) |\n"
    }
    return text
  }
}
