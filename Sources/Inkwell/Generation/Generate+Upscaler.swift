extension Generate {
  /// A model that makes the latents of finished pictures twice as wide and high before they are
  /// decoded, such as Stable Diffusion's x2 latent upscaler.
  public struct Upscaler: Codable, Sendable, Hashable {
    /// The path of the model's folder.
    public var model: String
    /// The number of its steps, 1 … 1,000; as many as are usual for it if not given.
    public var steps: Int?

    /// Names a model.
    public init(model: String, steps: Int? = nil) {
      self.model = model
      self.steps = steps
    }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      try GenerateError.check("upscaler steps", steps, in: 1...1000)
    }

    /// The model on the disk.
    var companion: CompanionModel { CompanionModel(role: "upscaler", path: model) }
  }
}
