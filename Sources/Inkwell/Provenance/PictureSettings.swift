/// How a picture was made, as far as its file says it in the words of some program.
public struct PictureSettings: Codable, Sendable, Hashable {
  /// The program whose record was read.
  public enum Program: String, Codable, Sendable, Hashable, CaseIterable {
    /// Inkwell itself.
    case inkwell
    /// AUTOMATIC1111's program, and those that write its line of text.
    case automatic1111
    /// ComfyUI: the graph that it ran.
    case comfyUI = "comfyui"
    /// InvokeAI.
    case invokeAI = "invokeai"
    /// NovelAI.
    case novelAI = "novelai"
  }

  /// A name of theirs, and the one that the thing has here.
  public struct Named: Codable, Sendable, Hashable {
    /// The name in the record.
    public var theirs: String
    /// The name in our catalogue; none where we do not have it.
    public var ours: String?
  }

  /// A LoRA that the picture was made with.
  public struct Adapter: Codable, Sendable, Hashable {
    /// The file's name, often without its ending.
    public var name: String
    /// How strongly it acted on the denoiser, if that is said.
    public var weight: Double?
    /// How strongly it acted on the text encoders, if that is said.
    public var textEncoderWeight: Double?
    /// Its hash, in the program's own kind.
    public var hash: String?
  }

  /// The program.
  public var program: Program
  /// What was asked for, as it was written.
  public var prompt: String?
  /// What was asked against.
  public var negative: String?
  /// The seed.
  public var seed: UInt64?
  /// The number of steps.
  public var steps: Int?
  /// The sampler.
  public var sampler: Named?
  /// The spacing of the noise levels.
  public var spacing: Named?
  /// The guidance scale; 1 is off.
  public var guidance: Double?
  /// The width in pixels, before anything enlarged it.
  public var width: Int?
  /// The height in pixels, before anything enlarged it.
  public var height: Int?
  /// The model's name.
  public var model: String?
  /// The model's hash: for AUTOMATIC1111's program the first ten digits of its SHA-256.
  public var modelHash: String?
  /// How much of a given picture was made anew; 1 or nothing is all of it.
  public var strength: Double?
  /// The LoRAs.
  public var loras: [Adapter] = []
  /// Everything else that the record says, by the program's own names.
  public var others: [String: String] = [:]

  init(program: Program) { self.program = program }
}

extension PictureSettings: CustomStringConvertible {
  /// What a person reads: a line each; letters that would steer a terminal are written out.
  public var description: String {
    var fields: [(String, String?)] = [
      ("made by", program.rawValue), ("prompt", prompt), ("negative", negative),
      ("seed", seed.map(String.init)), ("steps", steps.map(String.init)),
      ("sampler", sampler?.words), ("spacing", spacing?.words),
      ("guidance", guidance.map { "\($0)" }),
    ]
    if let width, let height { fields.append(("size", "\(width) x \(height)")) }
    fields += [
      ("model", model), ("model hash", modelHash), ("strength", strength.map { "\($0)" }),
    ]
    for lora in loras {
      let weight = lora.weight.map { " at \($0)" } ?? ""
      let text = lora.textEncoderWeight.map { $0 == lora.weight ? "" : ", text \($0)" } ?? ""
      fields.append(("lora", "\(lora.name)\(weight)\(text)"))
    }
    fields += others.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return fields.compactMap { name, value in
      value.map { Self.column(name) + Self.printable($0) }
    }.joined(separator: "\n")
  }

  private static func column(_ name: String) -> String {
    let name = printable(name)
    return name.count < 12 ? name + String(repeating: " ", count: 12 - name.count) : name + "  "
  }

  /// The text with its control characters written out, and its further lines set in.
  private static func printable(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      if scalar == "\n" { return "\n" + String(repeating: " ", count: 12) }
      let isControl =
        scalar.properties.generalCategory == .control
        || scalar.properties.generalCategory == .format
      return isControl ? scalar.escaped(asASCII: true) : String(scalar)
    }.joined()
  }
}

extension PictureSettings.Named {
  fileprivate var words: String {
    guard let ours else { return "\(theirs) (not here)" }
    return ours == theirs ? ours : "\(ours) (there: \(theirs))"
  }
}

/// Why a picture's settings cannot be read.
public enum PictureSettingsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A part of a record that is not what its program writes.
  public struct Problem: Error, Sendable, Hashable {
    /// The record, and where in it.
    public let place: String
    /// What the program writes there.
    public let expected: String
    /// What stands there.
    public let found: String

    init(place: String, expected: String, found: String) {
      self.place = place
      self.expected = expected
      self.found = String(found.prefix(200))
    }
  }

  /// The file cannot be read, or is damaged.
  case unreadable(file: String, reason: String)
  /// The file says nothing of its making; the texts that it has.
  case none(file: String, found: [String])
  /// A record is not what its program writes.
  case malformed(file: String, Problem)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): \(reason)"
    case .none(let file, let found):
      "\(file): expected a picture that says how it was made, found "
        + (found.isEmpty
          ? "one without texts"
          : "one with \(found.map(\.debugDescription).joined(separator: ", ")) alone")
    case .malformed(let file, let problem):
      "\(file): \(problem.place): expected \(problem.expected), found "
        + problem.found.debugDescription
    }
  }
}
