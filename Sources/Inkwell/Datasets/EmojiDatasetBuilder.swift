internal import Checkpoints
internal import Files
internal import Foundation
internal import Modalities

/// Writes an emoji data set into a folder beside its place, and moves it there at the end.
struct EmojiDatasetBuilder {
  /// The folder that is written.
  let folder: URL
  /// Width and height of the pictures.
  let size: Int

  private var pictures: [EmojiPicture] = []
  private var missing: [String: Int] = [:]
  private var duplicates = 0
  private var seen: Set<String> = []

  init(folder: URL, size: Int) {
    self.folder = folder
    self.size = size
  }

  /// Removes the folder.
  func abandon() throws {
    if FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)) {
      try FileManager.default.removeItem(at: folder)
    }
  }

  /// Makes the folder empty.
  func begin() throws {
    let manager = FileManager.default
    try abandon()
    for style in EmojiStyle.allCases {
      try manager.createDirectory(
        at: folder.appending(path: style.rawValue), withIntermediateDirectories: true)
    }
  }

  /// Draws an emoji and adds it, unless the style lacks it or has drawn the same before.
  mutating func add(
    _ emoji: Emoji, keywords: [String], _ artwork: EmojiArtwork, style: EmojiStyle,
    package: EmojiSources.Package
  ) throws {
    guard let picture = try artwork.picture(emoji.codePoints, side: size) else {
      missing[style.rawValue, default: 0] += 1
      return
    }
    guard seen.insert("\(style) \(FileHash.sha256(of: picture.pixels))").inserted else {
      duplicates += 1
      return
    }
    let base = EmojiBase(emoji.codePoints)
    let id = EmojiBase.id(emoji.codePoints)
    let fileName = "\(style.rawValue)/\(id.lowercased()).png"
    try picture.encoded(as: .png).write(to: folder.appending(path: fileName))
    let captions = EmojiCaptions(emoji, keywords: keywords, style: style)
    pictures.append(
      EmojiPicture(
        fileName: fileName, text: captions.main, captions: captions.all, name: emoji.name,
        keywords: keywords, group: emoji.group, subgroup: emoji.subgroup, style: style,
        base: base.id, codePoints: id, skinTones: base.skinTones, weight: 1,
        split: EmojiSplit(base: base.id, style: style), license: package.license,
        source: package.label))
  }

  /// Writes the lists and puts the folder in its place.
  mutating func finish(
    _ packages: [EmojiSources.Package], replacing output: URL
  ) throws -> EmojiDataset.Summary {
    EmojiPicture.weigh(&pictures)
    try DatasetPlace.writeLists(
      pictures, from: packages, change: "All drawings were scaled and laid on white.", to: folder)
    var byStyle: [String: Int] = [:]
    for picture in pictures { byStyle[picture.style.rawValue, default: 0] += 1 }
    for style in EmojiStyle.allCases where byStyle[style.rawValue] == nil {
      try FileManager.default.removeItem(at: folder.appending(path: style.rawValue))
    }
    try Folder.replace(output, with: folder)
    return EmojiDataset.Summary(
      pictures: pictures.count, byStyle: byStyle, missing: missing, duplicates: duplicates)
  }
}
