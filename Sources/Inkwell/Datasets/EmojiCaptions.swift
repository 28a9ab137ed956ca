/// The captions of a picture of an emoji.
struct EmojiCaptions {
  /// The main caption: "red apple, noto style".
  let main: String
  /// All captions to train on, the main one first: by name, keywords and group, with and without
  /// the style.
  let all: [String]

  init(_ emoji: Emoji, keywords: [String], style: EmojiStyle) {
    let name = emoji.name
    main = "\(name), \(style.rawValue) style"
    var captions = [main, name]
    let natural = Self.natural(name)
    if natural != name {
      captions += ["\(natural), \(style.rawValue) style", natural]
    }
    captions.append("\(style.article) \(style.rawValue) style drawing of \(natural)")
    let words = keywords.filter { $0 != name }
    // One word alone would say the same of many pictures: "flag".
    if words.count > 1 {
      captions.append("\(words.joined(separator: ", ")), \(style.rawValue) style")
      captions.append("\(natural), \(words.joined(separator: ", "))")
    }
    let group = emoji.group.lowercased().replacing(" & ", with: " and ")
    captions.append("\(natural), \(group), \(style.rawValue) style")
    var seen: Set<String> = []
    all = captions.filter { seen.insert($0).inserted }
  }

  /// "flag: France" is "flag of France", "waving hand: dark skin tone" is "waving hand with dark
  /// skin tone"; other names stay as they are.
  static func natural(_ name: String) -> String {
    let halves = name.split(separator: ": ", maxSplits: 1)
    guard halves.count == 2 else { return name }
    if halves[0] == "flag" { return "flag of \(halves[1])" }
    if ["keycap", "family", "kiss", "couple with heart"].contains(halves[0]) { return name }
    return "\(halves[0]) with \(halves[1].replacing(", ", with: " and "))"
  }
}
