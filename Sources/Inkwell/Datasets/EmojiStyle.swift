/// A family of drawings of the emoji.
public enum EmojiStyle: String, Codable, Sendable, CaseIterable {
  /// Google's Noto Color Emoji: shaded.
  case noto
  /// Twitter's Twemoji: flat.
  case twemoji
  /// OpenMoji: outlined.
  case openmoji
  /// EmojiOne 2: flat, with half shadows. Unicode 9's emoji only.
  case emojione

  /// Finds styles by their names.
  /// - Parameter names: Names such as "noto".
  /// - Returns: The styles, each once.
  /// - Throws: `DatasetError.unknownStyle`.
  public static func named(_ names: [String]) throws(DatasetError) -> [EmojiStyle] {
    var styles: [EmojiStyle] = []
    for name in names {
      guard let style = EmojiStyle(rawValue: name) else {
        throw .unknownStyle(name, known: allCases.map(\.rawValue))
      }
      if !styles.contains(style) { styles.append(style) }
    }
    return styles
  }

  /// The indefinite article that the name takes.
  var article: String {
    switch self {
    case .noto, .twemoji: "a"
    case .openmoji, .emojione: "an"
    }
  }
}
