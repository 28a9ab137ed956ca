/// The tag at the start of an MP3 file.
///
/// ID3 tag version 2.4.0, its main structure and native frames. libsndfile 1.2.0 writes UTF-8 where
/// its tag says Latin 1, which then reads as other letters.
struct ID3Tag {
  let title: String?
  let comment: String?

  /// The tag's bytes.
  var encoded: [UInt8] {
    var frames: [UInt8] = []
    if let title { frames += Self.frame("TIT2", Self.utf8 + Array(title.utf8)) }
    if let comment {
      // A language and a short description stand before the text.
      frames += Self.frame("COMM", Self.utf8 + Array("und\0".utf8) + Array(comment.utf8))
    }
    return Array("ID3".utf8) + [4, 0, 0] + Self.size(frames.count) + frames
  }

  /// The mark of texts in UTF-8.
  private static let utf8: [UInt8] = [3]

  private static func frame(_ name: String, _ body: [UInt8]) -> [UInt8] {
    Array(name.utf8) + size(body.count) + [0, 0] + body
  }

  /// A size in four bytes of seven bits.
  private static func size(_ count: Int) -> [UInt8] {
    [21, 14, 7, 0].map { UInt8(count >> $0 & 0x7F) }
  }
}
