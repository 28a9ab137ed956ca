/// Why clips could not be searched.
public enum SearchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A number out of its range.
  case value(String, expected: String, found: String)
  /// A folder without clips that can be read.
  case noClips(folder: String)
  /// Words without clips from which they are understood.
  case noDescriptions
  /// Too few clips with captions to understand words from.
  case tooFew(folder: String, expected: Int, found: Int)
  /// A file of the cache that something else has written.
  case cache(String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .noClips(let folder):
      "\(folder): expected clips (mp4, m4v, webm, mov, mkv, gif, apng), found none that can be read"
    case .noDescriptions:
      "words: expected --described, a folder of clips with captions to understand words from, "
        + "found none"
    case .tooFew(let folder, let expected, let found):
      "\(folder): expected at least \(expected) clips with captions, found \(found)"
    case .cache(let file):
      "\(file): expected what was seen in a clip, found something else; remove it"
    }
  }
}

extension SearchError {
  /// Throws for a number outside its range.
  static func check(
    _ name: String, _ value: Int, in range: ClosedRange<Int>
  ) throws(SearchError) {
    guard !range.contains(value) else { return }
    throw .value(name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
  }
}
