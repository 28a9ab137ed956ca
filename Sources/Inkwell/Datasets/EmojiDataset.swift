public import Foundation
internal import Modalities

/// Builds the emoji data set: pictures in several styles with names, keywords and groups.
///
/// The result is a folder of PNG files with `metadata.jsonl`, as Hugging Face's imagefolder has
/// it, and `sources.json` and `LICENSES.md`, which say where the pictures are from. The same
/// sources give the same bytes.
public struct EmojiDataset: Codable, Sendable, Equatable {
  /// The folder to make.
  ///
  /// One that this made before is replaced as a whole.
  public var output: URL
  /// Width and height of the pictures in pixels, `8...512`.
  public var size: Int
  /// The styles to draw.
  public var styles: [EmojiStyle]
  /// A folder of unpacked packages to use in place of downloads, one folder a package.
  public var sources: URL?
  /// Where downloads are kept; beside the output without one.
  public var cache: URL?

  /// Makes a request.
  /// - Parameters:
  ///   - output: The folder to make.
  ///   - size: Width and height of the pictures in pixels, `8...512`.
  ///   - styles: The styles to draw.
  ///   - sources: A folder of unpacked packages to use in place of downloads.
  ///   - cache: Where downloads are kept; beside the output without one.
  public init(
    output: URL, size: Int = 64, styles: [EmojiStyle] = EmojiStyle.allCases,
    sources: URL? = nil, cache: URL? = nil
  ) {
    self.output = output
    self.size = size
    self.styles = styles
    self.sources = sources
    self.cache = cache
  }

  /// What a build made.
  public struct Summary: Codable, Sendable, Equatable {
    /// The number of pictures.
    public let pictures: Int
    /// Pictures by style.
    public let byStyle: [String: Int]
    /// Emoji that a style lacks, by style.
    public let missing: [String: Int]
    /// Pictures left out because an earlier emoji of the style looks exactly the same.
    public let duplicates: Int
  }

  /// Fetches what is needed and builds the data set.
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `ImageError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    guard (8...512).contains(size) else { throw DatasetError.size(size) }
    guard !styles.isEmpty else { throw DatasetError.noStyles }
    let place = DatasetPlace(output: output)
    try place.check()
    let pinned = try EmojiSources.pinned()
    let packages = pinned.needed(for: styles)
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "emoji-sources", report: report)
    }
    var builder = EmojiDatasetBuilder(folder: place.part, size: size)
    do {
      try builder.begin()
      try draw(packages, in: folders, with: &builder, report: report)
      return try builder.finish(packages, replacing: output)
    } catch {
      try builder.abandon()
      throw error
    }
  }

  private func draw(
    _ packages: [EmojiSources.Package], in folders: [String: URL],
    with builder: inout EmojiDatasetBuilder, report: (String) -> Void
  ) throws {
    let emoji = try EmojiLabels(folders).emoji
    for package in packages {
      guard let style = package.style, let folder = folders[package.name] else { continue }
      report("Drawing \(style.rawValue)")
      let artwork = try EmojiArtwork(style, package: folder)
      for (entry, keywords) in emoji {
        try builder.add(entry, keywords: keywords, artwork, style: style, package: package)
      }
    }
  }
}

/// The emoji with their keywords.
struct EmojiLabels {
  let emoji: [(Emoji, keywords: [String])]

  /// Reads Unicode's list and CLDR's keywords from the unpacked packages.
  init(_ folders: [String: URL]) throws {
    func text(_ package: String, _ path: String) throws -> String {
      guard let folder = folders[package] else {
        throw DatasetError.missing(path: package, hint: "The labels are from this package.")
      }
      return try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }
    let list = "usr/share/unicode/emoji/emoji-test.txt"
    let table = try EmojiTable.parse(text("unicode-data", list), file: "emoji-test.txt")
    var annotations = CLDRAnnotations()
    for kind in ["annotations", "annotationsDerived"] {
      let path = "usr/share/unicode/cldr/common/\(kind)/en.xml"
      try annotations.add(text("unicode-cldr-core", path), file: "\(kind)/en.xml")
    }
    emoji = table.map { ($0, keywords: annotations[$0.codePoints]) }
  }
}
