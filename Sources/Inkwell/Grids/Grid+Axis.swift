internal import Foundation

extension Grid {
  /// What differs from column to column or from row to row.
  public struct Axis: Codable, Sendable, Hashable {
    /// The setting: `prompt`, `seed`, `model`, any of ``Generate/Options``, a part of one such as
    /// `loras.1.weight`, or `replace`, which puts each value in the place of the first one in the
    /// prompts.
    public let setting: String
    /// The values, in order.
    public let values: [String]

    /// An axis, at least one and at most 100 values long.
    public init(_ setting: String, _ values: [String]) {
      self.setting = setting
      self.values = values
    }

    /// Reads `steps=10,20,30`; a value with a comma stands between quotation marks.
    ///
    /// - Throws: ``GenerateError`` for a text without a name and values.
    public init(_ text: String) throws(GenerateError) {
      guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
        throw .value("axis", expected: "a setting and values, such as steps=10,20", found: text)
      }
      var (values, isQuoted) = ([""], false)
      for character in text[text.index(after: sign)...] {
        switch character {
        case "\"": isQuoted.toggle()
        case "," where !isQuoted: values.append("")
        default: values[values.count - 1].append(character)
        }
      }
      guard !isQuoted else {
        throw .value("axis", expected: "a closing quotation mark", found: text)
      }
      self.init(String(text[..<sign]), values)
    }
  }
}

extension Grid.Axis {
  static let replacing = "replace"

  /// What stands beside the pictures of each value.
  var headings: [String] {
    let isText = [Self.replacing, "prompt"].contains(setting)
    return values.map { isText ? $0 : "\(setting) \($0)" }
  }

  /// The axis as it is written.
  var description: String {
    let texts = values.map { $0.contains(",") ? "\"\($0)\"" : $0 }
    return "\(setting)=\(texts.joined(separator: ","))"
  }

  /// A request with one of the values.
  func request(_ request: Generate.Request, at index: Int) throws -> Generate.Request {
    guard setting == Self.replacing else {
      return try request.setting(setting, to: values[index])
    }
    let (text, new) = (values[0], values[index])
    let found = request.prompts + [request.options.negative ?? ""]
    guard !text.isEmpty, found.contains(where: { $0.contains(text) }) else {
      throw GridError.notInPrompt(text)
    }
    var options = request.options
    options.negative = options.negative?.replacing(text, with: new)
    return try Generate.Request(
      prompts: request.prompts.map { $0.replacing(text, with: new) }, model: request.model,
      seed: request.seed, options: options)
  }

  /// Throws ``GenerateError`` for no values, or too many.
  func validate(_ name: String) throws(GenerateError) {
    try GenerateError.check("values of \(name)", values.count, in: 1...100)
    for text in [setting] + values { try GenerateError.check(name, text) }
  }
}
