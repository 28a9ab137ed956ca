internal import Diffusion
internal import Foundation
internal import Modalities

/// Says how a picture was made, from what its file carries: our own record, AUTOMATIC1111's text
/// (in PNG, JPEG and WebP), ComfyUI's graph, InvokeAI's and NovelAI's notes.
///
/// Nothing that a file says is run or fetched, and no pixel is decoded.
public struct InspectPicture: Codable, Sendable, Hashable {
  /// A PNG, JPEG or WebP file.
  public var path: String

  /// Names what to inspect.
  public init(path: String) {
    self.path = path
  }

  /// Reads the file.
  ///
  /// - Returns: What it says.
  /// - Throws: ``PictureSettingsError``.
  public func callAsFunction() throws(PictureSettingsError) -> PictureSettings {
    let texts = try texts()
    do {
      for (keyword, read) in Self.readers {
        if let text = texts[keyword] { return try read(text, texts) }
      }
    } catch let problem as PictureSettingsError.Problem {
      throw .malformed(file: path, problem)
    } catch {
      throw .unreadable(file: path, reason: "\(error)")
    }
    throw .none(file: path, found: texts.keys.sorted())
  }

  /// The bytes that a file may have: 512 MB.
  static let largest = 512 << 20

  /// The texts of the file by keyword; settings in EXIF are what `parameters` is in PNG.
  private func texts() throws(PictureSettingsError) -> [String: String] {
    let bytes = try bytes()
    do {
      if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
        let texts = try PNGText.read(from: bytes)
        return Dictionary(texts.map { ($0.keyword, $0.text) }) { first, _ in first }
      }
      guard let comment = try PictureComment.read(from: bytes) else { return [:] }
      // Cameras and people comment on pictures, too.
      let isInfotext = try !Infotext(comment).fields.isEmpty
      return [isInfotext ? "parameters" : "EXIF UserComment": comment]
    } catch {
      throw .unreadable(file: path, reason: "\(error)")
    }
  }

  private func bytes() throws(PictureSettingsError) -> Data {
    let url = URL(filePath: path)
    let size: Int
    do {
      size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      if size <= Self.largest { return try Data(contentsOf: url) }
    } catch {
      throw .unreadable(file: path, reason: error.localizedDescription)
    }
    throw .unreadable(
      file: path, reason: "expected a picture of at most \(Self.largest) bytes, found \(size)")
  }

  private typealias Reader = @Sendable (String, [String: String]) throws -> PictureSettings

  /// What is read of each text, the fullest first.
  private static let readers: [(String, Reader)] = [
    ("parameters", { text, all in try own(PictureSettings(infotext: text), all) }),
    ("prompt", { text, _ in try PictureSettings(comfyUI: text) }),
    ("workflow", { text, _ in try PictureSettings(comfyWorkflow: text) }),
    ("invokeai_metadata", { text, _ in try PictureSettings(invokeAI: text) }),
    ("Comment", { text, _ in try PictureSettings(novelAI: text) }),
  ]

  /// Our own pictures have both texts, and our own names.
  private static func own(
    _ settings: PictureSettings, _ texts: [String: String]
  ) -> PictureSettings {
    guard texts["inkwell"] != nil else { return settings }
    var settings = settings
    settings.program = .inkwell
    if let name = settings.sampler?.theirs, Samplers.all.contains(where: { $0.name == name }) {
      settings.sampler?.ours = name
    }
    return settings
  }
}
