internal import Foundation

extension Generate.Request {
  /// The request that a picture says it was made by, with other wishes before it.
  ///
  /// Inkwell's own pictures have all of it. Of other programs' the prompts, the seed, the size and
  /// the settings are taken, in their syntax; the model and the LoRAs are known by name only and
  /// must be given.
  ///
  /// - Parameters:
  ///   - picture: The path of a PNG, JPEG or WebP file.
  ///   - prompts: What to draw; what the picture was asked for if empty.
  ///   - model: The model; the picture's own if Inkwell made it.
  ///   - count: The number of pictures for each prompt.
  ///   - seed: The seed; the picture's own if not given.
  ///   - options: What is to be otherwise.
  /// - Throws: ``PictureSettingsError``, or ``GenerateError`` for what the picture does not say, or
  ///   what is not here.
  public init(
    like picture: String, prompts: [String] = [], model: String? = nil, count: Int = 1,
    seed: UInt64? = nil, options: Generate.Options = Generate.Options()
  ) throws {
    let settings = try InspectPicture(path: picture)()
    var base = Generate.Options()
    var (known, drawn) = (model, [settings.prompt ?? ""])
    if settings.program == .inkwell {
      let made = try Provenance(contentsOf: URL(filePath: picture)).request
      (base, known, drawn) = (made.options, model ?? made.model, made.prompts)
    } else {
      base = try Generate.Options(settings, wishing: options)
      if settings.program == .automatic1111 { drawn = drawn.map(Self.withoutNetworks) }
    }
    guard let known else {
      let hash = settings.modelHash.map { " (\($0))" } ?? ""
      throw GenerateError.value(
        "model", expected: "the picture's, \(settings.model ?? "which it does not name")\(hash)",
        found: "")
    }
    try self.init(
      prompts: prompts.isEmpty ? drawn : prompts, model: known, count: count,
      seed: seed ?? settings.seed, options: options.filled(from: base))
  }

  /// The prompt without `<lora:…>` and the like, which are no words of it.
  private static func withoutNetworks(_ prompt: String) -> String {
    let parts = prompt.split(separator: "<", omittingEmptySubsequences: false)
    let rest = parts.dropFirst().map { part -> Substring in
      guard let colon = part.firstIndex(of: ":"), let end = part.firstIndex(of: ">"), colon < end,
        part[..<colon].allSatisfy({ $0.isLetter || $0 == "_" })
      else { return "<" + part }
      return part[part.index(after: end)...]
    }
    return (parts.prefix(1) + rest).joined().trimmingCharacters(in: .whitespaces)
  }
}

extension Generate.Options {
  /// What another program's picture was made with.
  ///
  /// - Parameters:
  ///   - settings: What the picture says.
  ///   - wishes: What need not be known from it.
  /// - Throws: ``GenerateError`` for a sampler or a spacing that is not here, and for LoRAs, of
  ///   which
  ///   only the names are known.
  init(_ settings: PictureSettings, wishing wishes: Generate.Options) throws(GenerateError) {
    self.init(
      steps: settings.steps, guidance: settings.guidance, negative: settings.negative ?? "")
    if let width = settings.width, let height = settings.height {
      size = PictureSize(width: width, height: height)
    }
    sampler = try Self.ours(settings.sampler, "sampler", wishes.sampler)
    spacing = try Self.ours(settings.spacing, "spacing", wishes.spacing)
    if settings.program == .automatic1111 {
      syntax = .a1111
      // The web UI counts from the last layer, which is 1.
      clipSkip = settings.others["Clip skip"].flatMap { Int($0) }.map { max($0 - 1, 0) }
      tile = settings.others["Tiling"] == "True" ? .both : nil
    }
    guard settings.loras.isEmpty || wishes.loras != nil else {
      let names = settings.loras.map { lora in
        lora.weight.map { "\(lora.name)=\($0)" } ?? lora.name
      }
      throw .value(
        "lora", expected: "the files of \(names.joined(separator: ", "))", found: "")
    }
  }

  private static func ours(
    _ named: PictureSettings.Named?, _ what: String, _ wish: String?
  ) throws(GenerateError) -> String? {
    guard wish == nil, let named else { return wish }
    guard let ours = named.ours else {
      throw .value(
        what, expected: "one that is here in place of the picture's", found: named.theirs)
    }
    return ours
  }

  /// These options, with others for what they do not say.
  func filled(from others: Generate.Options) throws -> Generate.Options {
    func fields(_ options: Generate.Options) throws -> [String: JSONTree] {
      try JSONDecoder().decode(
        [String: JSONTree].self, from: JSONEncoder().encode(options))
    }
    let merged = try fields(others).merging(fields(self)) { $1 }
    return try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(merged))
  }
}
