extension PictureSettings {
  /// Reads InvokeAI's `invokeai_metadata`.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` if it is no JSON.
  init(invokeAI text: String) throws {
    self.init(program: .invokeAI)
    let fields = try Self.fields(text, of: "invokeai_metadata")
    take(
      fields, prompt: "positive_prompt", negative: "negative_prompt", guidance: "cfg_scale",
      sampler: "scheduler")
    strength = fields["strength"]?.double
    model = fields["model"]?["name"]?.text ?? fields["model"]?["model_name"]?.text
    modelHash = fields["model"]?["hash"]?.text
    if case .array(let found)? = fields["loras"] {
      loras = found.compactMap { lora in
        let file = lora["model"] ?? lora["lora"]
        return (file?["name"] ?? file?["model_name"])?.text.map {
          Adapter(name: $0, weight: lora["weight"]?.double, hash: file?["hash"]?.text)
        }
      }
    }
  }

  /// Reads the `Comment` of NovelAI's pictures.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` if it is no JSON.
  init(novelAI text: String) throws {
    self.init(program: .novelAI)
    let fields = try Self.fields(text, of: "Comment")
    take(fields, prompt: "prompt", negative: "uc", guidance: "scale", sampler: "sampler")
    strength = fields["strength"]?.double
  }

  private static func fields(_ text: String, of place: String) throws -> [String: JSONTree] {
    guard case .object(let fields) = try JSONTree(text, of: place) else {
      throw PictureSettingsError.Problem(place: place, expected: "an object", found: text)
    }
    return fields
  }

  private mutating func take(
    _ fields: [String: JSONTree], prompt: String, negative: String, guidance: String,
    sampler: String
  ) {
    self.prompt = fields[prompt]?.text
    self.negative = fields[negative]?.text
    self.guidance = fields[guidance]?.double
    if case .integer(let found)? = fields["seed"] { seed = found }
    steps = fields["steps"]?.double.flatMap { Int(exactly: $0) }
    width = fields["width"]?.double.flatMap { Int(exactly: $0) }
    height = fields["height"]?.double.flatMap { Int(exactly: $0) }
    if let name = fields[sampler]?.text {
      (self.sampler, spacing) = TheirNames.sampler(name)
    }
    let known: Set = [
      prompt, negative, guidance, sampler, "seed", "steps", "width", "height", "strength",
    ]
    for (name, value) in fields where !known.contains(name) {
      switch value {
      case .string(let text): others[name] = text
      case .integer(let number): others[name] = "\(number)"
      case .number(let number): others[name] = "\(number)"
      case .bool(let flag): others[name] = "\(flag)"
      case .null, .array, .object: break
      }
    }
  }
}
