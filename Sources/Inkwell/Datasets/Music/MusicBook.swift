internal import Foundation

/// A printed collection of tunes that the music data set is played from.
enum MusicBook: String, CaseIterable {
  /// O'Neill's Music of Ireland, 1903.
  case oNeill = "oneills1850"
  /// Ryan's Mammoth Collection, 1883.
  case ryan = "ryansMammoth"

  /// A tune and where it stands.
  struct Tune {
    let book: MusicBook
    let file: String
    let tune: ABCTune

    /// What names it in every build.
    var id: String { "\(book.rawValue)/\(file)/\(tune.number)" }

    /// What tunes of the same title share: its letters, without the article or what follows a dash.
    var base: String {
      let head = tune.title.lowercased().split(separator: "--").first ?? ""
      let words = head.split { !$0.isLetter && !$0.isNumber }.filter { $0 != "the" }
      let text = words.joined(separator: " ")
      return text.isEmpty ? id : text
    }
  }

  /// Reads all tunes of the unpacked package.
  ///
  /// - Parameters:
  ///   - package: The folder of the package music21.
  ///   - leftOut: Told of each tune that cannot be played, and why.
  /// - Returns: The tunes in the order of books, files and places.
  /// - Throws: `DatasetError.missing`, or what reading a file throws.
  static func tunes(in package: URL, leftOut: (String, ABCError) -> Void) throws -> [Tune] {
    var tunes: [Tune] = []
    for book in allCases {
      let folder = package.appending(path: "music21/corpus/\(book.rawValue)")
      let path = folder.path(percentEncoded: false)
      guard FileManager.default.fileExists(atPath: path) else {
        throw DatasetError.missing(path: path, hint: "It is part of the package music21.")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      for file in files where file.hasSuffix(".abc") {
        // Some files are Latin 1; what matters here is ASCII.
        let bytes = try Data(contentsOf: folder.appending(path: file))
        for entry in ABCBook(String(decoding: bytes, as: UTF8.self)).entries {
          do {
            tunes.append(Tune(book: book, file: file, tune: try ABCTune(entry)))
          } catch let error as ABCError {
            leftOut("\(book.rawValue)/\(file)/\(entry.fields["X"] ?? "")", error)
          }
        }
      }
    }
    return tunes
  }
}
