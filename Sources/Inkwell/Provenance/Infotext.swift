internal import Foundation

/// The text in which AUTOMATIC1111's program says how a picture was made, and many others with it.
///
/// The prompt, on lines of its own; `Negative prompt: ` and that, on lines of its own; then a line
/// `Steps: 20, Sampler: Euler a, …`, whose values are quoted as JSON where they have a comma, a
/// colon or a line's end in them.
struct Infotext {
  /// The longest text that is read, in bytes: 1 MB.
  static let longest = 1 << 20

  /// The prompt.
  var prompt = ""
  /// The negative prompt.
  var negative = ""
  /// The settings of the last line, in its order.
  var fields: [(name: String, value: String)] = []

  /// Splits a text.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` for a text that is too long.
  init(_ text: String) throws(PictureSettingsError.Problem) {
    guard text.utf8.count <= Self.longest else {
      throw PictureSettingsError.Problem(
        place: "parameters", expected: "at most \(Self.longest) bytes",
        found: "\(text.utf8.count)")
    }
    var lines = text.trimmingCharacters(in: .whitespacesAndNewlines)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    // As their own reader has it: fewer than three settings are a line of the prompt.
    if let last = lines.last {
      let found = Self.fields(last)
      if found.count >= 3 {
        fields = found
        lines.removeLast()
      }
    }
    let start = "Negative prompt:"
    let place = lines.firstIndex { $0.hasPrefix(start) } ?? lines.count
    prompt = lines[..<place].joined(separator: "\n")
    var against = lines[place...].map {
      $0.hasPrefix(start) ? String($0.dropFirst(start.count)) : $0
    }
    if let first = against.first { against[0] = first.trimmingCharacters(in: .whitespaces) }
    negative = against.joined(separator: "\n")
  }

  /// The settings of a line; what is none is passed over.
  private static func fields(_ line: String) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    var rest = line[...]
    while let colon = rest.firstIndex(of: ":") {
      let name = rest[..<colon].trimmingCharacters(in: .whitespaces)
      rest = rest[rest.index(after: colon)...].drop { $0 == " " }
      let isName =
        name.count >= 2 && name.first?.isLetter ?? false
        && name.allSatisfy { $0.isLetter || $0.isNumber || "_ -/".contains($0) }
      let (value, next) = Self.value(rest)
      rest = next
      if isName { fields.append((name, value)) }
    }
    return fields
  }

  /// A value, quoted or up to the next comma, and what follows it.
  private static func value(_ text: Substring) -> (value: String, rest: Substring) {
    if text.first == "\"", let (value, rest) = quoted(text) { return (value, rest) }
    let end = text.firstIndex(of: ",") ?? text.endIndex
    let value = text[..<end].trimmingCharacters(in: .whitespaces)
    return (value, text[end...].dropFirst())
  }

  private static func quoted(_ text: Substring) -> (value: String, rest: Substring)? {
    var (place, isEscaped) = (text.index(after: text.startIndex), false)
    while place < text.endIndex, isEscaped || text[place] != "\"" {
      isEscaped = !isEscaped && text[place] == "\\"
      place = text.index(after: place)
    }
    guard place < text.endIndex else { return nil }
    let literal = String(text[...place])
    let rest = text[text.index(after: place)...].drop { $0 == " " }
    guard rest.isEmpty || rest.first == "," else { return nil }
    let decoded = Result { try JSONDecoder().decode(String.self, from: Data(literal.utf8)) }
    guard case .success(let value) = decoded else { return (literal, rest.dropFirst()) }
    return (value, rest.dropFirst())
  }
}

extension PictureSettings {
  /// Reads AUTOMATIC1111's text.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` for a setting that is not what that program writes.
  init(infotext text: String) throws(PictureSettingsError.Problem) {
    self.init(program: .automatic1111)
    let infotext = try Infotext(text)
    // SwarmUI and Fooocus have JSON under the same name, which is no prompt.
    if infotext.fields.isEmpty,
      case .success(.object) = Result(catching: { try JSONTree(text, of: "") })
    {
      throw PictureSettingsError.Problem(
        place: "parameters", expected: "a prompt and a line of settings", found: text)
    }
    prompt = infotext.prompt.isEmpty ? nil : infotext.prompt
    negative = infotext.negative.isEmpty ? nil : infotext.negative
    loras = Self.loras(in: infotext.prompt)
    for (name, value) in infotext.fields { try take(name, value) }
  }

  private mutating func take(
    _ name: String, _ value: String
  ) throws(PictureSettingsError.Problem) {
    func number<Number: LosslessStringConvertible>(
      _ kind: String
    ) throws(PictureSettingsError.Problem) -> Number {
      guard let number = Number(value) else {
        throw PictureSettingsError.Problem(
          place: "parameters, \(name)", expected: kind, found: value)
      }
      return number
    }
    switch name {
    case "Steps": steps = try number("a whole number")
    case "Seed": seed = try number("a whole number from 0 on")
    case "CFG scale": guidance = try number("a number")
    case "Denoising strength": strength = try number("a number")
    case "Sampler":
      let found = TheirNames.sampler(value)
      sampler = found.sampler
      spacing = spacing ?? found.spacing
    case "Schedule type": spacing = TheirNames.scheduleType(value) ?? spacing
    case "Model": model = value
    case "Model hash": modelHash = value.isEmpty ? nil : value
    case "Lora hashes": takeHashes(value)
    case "Size":
      let sides = value.split(separator: "x").map { Int($0) }
      guard sides.count == 2, let found = sides[0], let other = sides[1] else {
        throw PictureSettingsError.Problem(
          place: "parameters, Size", expected: "a width x a height", found: value)
      }
      (width, height) = (found, other)
    default: others[name] = value
    }
  }

  /// `name: hash, name: hash`.
  private mutating func takeHashes(_ value: String) {
    for entry in value.split(separator: ",") {
      let parts = entry.split(separator: ":").map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { continue }
      if let place = loras.firstIndex(where: { $0.name == parts[0] }) {
        loras[place].hash = parts[1]
      } else {
        loras.append(Adapter(name: parts[0], hash: parts[1]))
      }
    }
  }

  /// `<lora:name:weight>`, or with the text encoders' weight before the denoiser's.
  private static func loras(in prompt: String) -> [Adapter] {
    prompt.split(separator: "<lora:", omittingEmptySubsequences: false).dropFirst().compactMap {
      part in
      guard let end = part.firstIndex(of: ">") else { return nil }
      let parts = part[..<end].split(separator: ":", omittingEmptySubsequences: false)
      guard let name = parts.first, !name.isEmpty else { return nil }
      let weights = parts.dropFirst().compactMap { Double($0) }
      return Adapter(
        name: String(name), weight: weights.last ?? 1, textEncoderWeight: weights.first ?? 1)
    }
  }
}
