internal import CSndFileLibrary
public import Foundation

/// What a sound file says of itself: a title and a comment in the place that its format has.
///
/// WAV has them in a `LIST` of `INFO` at its end, FLAC and Ogg as Vorbis comments, MP3 as ID3v2.4,
/// all in UTF-8.
public struct SoundNotes: Sendable, Hashable {
  /// The bytes of UTF-8 that title and comment may have together; more do not fit into the headers
  /// of Opus as libsndfile writes them.
  public static let limit = 40_000

  /// What is to be heard.
  public var title: String?
  /// Any text.
  public var comment: String?

  /// Makes notes.
  /// - Parameters:
  ///   - title: What is to be heard.
  ///   - comment: Any text.
  public init(title: String? = nil, comment: String? = nil) {
    self.title = title
    self.comment = comment
  }

  /// How the sound was made, JSON: the comment of a file of Inkwell's, which begins with its name.
  public var record: String? {
    get {
      guard let comment, comment.hasPrefix(Self.mark) else { return nil }
      return String(comment.dropFirst(Self.mark.count))
    }
    set { comment = newValue.map { Self.mark + $0 } }
  }

  private static let mark = "inkwell "

  /// Reads the notes of a sound file; nothing is decoded.
  /// - Parameter url: The file.
  /// - Throws: `SoundError`, or what reading the file threw.
  public init(contentsOf url: URL) throws {
    try self.init(decoding: try soundFile(url), source: url.path(percentEncoded: false))
  }

  /// Reads the notes in a sound file's bytes; nothing is decoded.
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - source: What to name in errors.
  /// - Throws: `SoundError`.
  public init(decoding bytes: Data, source: String = "sound") throws(SoundError) {
    let bytes = [UInt8](bytes)
    let stream = try SoundContainer.open(bytes, source: source)
    if case .wav = try SoundContainer(bytes, source: source) {
      try self.init(wav: bytes, source: source)
    } else {
      self.init(title: stream.text(SF_STR_TITLE), comment: stream.text(SF_STR_COMMENT))
    }
  }

  /// Reads a WAV file's notes, which libsndfile passes over where they are long.
  private init(wav bytes: [UInt8], source: String) throws(SoundError) {
    self.init()
    for list in try RIFFChunks(bytes, source: source).chunks where list.name == "LIST" {
      guard list.range.count >= 4 else { continue }
      let kind = list.range.prefix(4)
      guard Array(bytes[kind]) == Array("INFO".utf8) else { continue }
      let rest = kind.upperBound..<list.range.upperBound
      for (name, range) in try RIFFChunks.walk(bytes, rest, source: source) {
        if name == "INAM" { title = title ?? Self.text(bytes[range]) }
        if name == "ICMT" { comment = comment ?? Self.text(bytes[range]) }
      }
    }
  }

  /// A text up to its first zero; the standard names no encoding, so what is not UTF-8 is Latin 1.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let text = bytes.prefix { $0 != 0 }
    return String(validating: text, as: UTF8.self)
      ?? String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) }))
  }

  /// Refuses what no file can carry.
  func check() throws(SoundError) {
    let texts = [title, comment].compactMap { $0 }
    let count = texts.reduce(0) { $0 + $1.utf8.count }
    guard count <= Self.limit else {
      throw .notes(reason: "expected at most \(Self.limit) bytes of UTF-8, found \(count)")
    }
    guard !texts.contains(where: { $0.utf8.contains(0) }) else {
      throw .notes(reason: "expected no character U+0000, found one")
    }
  }

  /// Gives libsndfile the notes, for the formats of which it writes them well.
  func write(to stream: SoundStream, as format: SoundFormat) throws(SoundError) {
    switch format {
    case .flac16, .flac24, .vorbis, .opus:
      if let title, !title.isEmpty { try stream.setText(SF_STR_TITLE, title) }
      if let comment, !comment.isEmpty { try stream.setText(SF_STR_COMMENT, comment) }
    case .wav16, .wav24, .wav32, .wavFloat, .mp3: break
    }
  }

  /// A file with the notes, where libsndfile did not write them.
  func added(to bytes: [UInt8], as format: SoundFormat) -> [UInt8] {
    guard title != nil || comment != nil else { return bytes }
    switch format {
    case .flac16, .flac24, .vorbis, .opus: return bytes
    case .wav16, .wav24, .wav32, .wavFloat:
      var info = Array("INFO".utf8)
      if let title { info += RIFFChunks.encoded("INAM", Array(title.utf8) + [0]) }
      if let comment { info += RIFFChunks.encoded("ICMT", Array(comment.utf8) + [0]) }
      return RIFFChunks.appending(RIFFChunks.encoded("LIST", info), to: bytes)
    case .mp3: return ID3Tag(title: title, comment: comment).encoded + bytes
    }
  }
}
