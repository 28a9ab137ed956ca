internal import Files
public import Foundation

extension Clip {
  /// Reads a folder of pictures, in the order of their names.
  ///
  /// Names that begin with a dot, and files that end in no format of pictures, are passed over.
  /// - Parameters:
  ///   - folder: The folder.
  ///   - frameRate: Frames in a second.
  ///   - reading: Within which limits; the pictures are read in this process.
  /// - Throws: `ClipError`, or what listing the folder or reading a picture threw.
  public init(
    framesIn folder: URL, frameRate: FrameRate, reading: ClipReading = ClipReading()
  ) throws {
    let source = folder.path(percentEncoded: false)
    let names = try Folder.names(in: folder).filter {
      !$0.hasPrefix(".")
        && Self.pictureExtensions.contains(($0 as NSString).pathExtension.lowercased())
    }
    guard names.count <= reading.frames else {
      throw ClipError.tooLarge(
        source: source, reason: "\(names.count) frames, the limit is \(reading.frames)")
    }
    var images: [Image] = []
    for name in names {
      let file = folder.appending(path: name)
      let image = try Image(contentsOf: file, pixelLimit: reading.pixels)
      let (found, first) = ([image.width, image.height], images.first ?? image)
      let expected = [first.width, first.height]
      guard found == expected else {
        throw ClipError.uneven(
          source: file.path(percentEncoded: false), expected: expected, found: found)
      }
      guard names.count <= reading.bytes / (3 * image.width * image.height) else {
        throw ClipError.tooLarge(
          source: source,
          reason: "\(names.count) frames of \(image.width) x \(image.height), "
            + "the limit is \(reading.bytes) bytes")
      }
      images.append(image)
    }
    guard !images.isEmpty else { throw ClipError.noFrames(source: source) }
    try self.init(images, frameRate: frameRate)
  }

  /// Writes the frames as PNG files `000000.png` and on, into a folder that is whole or not there.
  /// - Parameters:
  ///   - folder: The folder. What was there is replaced.
  ///   - text: Texts to keep inside each file.
  /// - Throws: `ImageError`, `PNGError` or a `FileError`.
  public func saveFrames(to folder: URL, text: [PNGText] = []) throws {
    let name = ".\(folder.lastPathComponent).partial"
    let partial = folder.deletingLastPathComponent()
      .appending(path: name, directoryHint: .isDirectory)
    Folder.discard(partial)
    try Folder.makeNew(partial)
    do {
      for number in 0..<count {
        let digits = String(number)
        let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
        try self[number].save(to: partial.appending(path: name), text: text)
      }
      try Folder.replace(folder, with: partial)
    } catch {
      Folder.discard(partial)
      throw error
    }
  }

  private static let pictureExtensions: Set = [
    "png", "jpg", "jpeg", "webp", "tif", "tiff", "heic", "heif", "avif",
  ]
}
