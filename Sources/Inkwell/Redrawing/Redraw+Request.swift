public import Modalities

extension Redraw {
  /// What pictures are wanted of which picture.
  public struct Request: Sendable, Hashable {
    /// What to draw, with which model and how.
    ///
    /// Its size is the size that the picture is brought to; the picture's own if not given, with
    /// what a ``region`` adds.
    public let drawing: Generate.Request
    /// The path of the picture.
    public let picture: String
    /// The share of the steps that are made, in (0, 1]: how far the result may go from the picture.
    public let strength: Double
    /// What is drawn anew; all of it if not given.
    public let region: Region?
    /// Whether the picture's own pixels are put back where they are kept.
    public let pastes: Bool?
    /// What a model that was trained for a task of its own is told of the picture.
    public let conditioning: Conditioning?

    /// Describes pictures of which all is drawn anew, or a part.
    ///
    /// - Parameters:
    ///   - drawing: What to draw, with which model and how.
    ///   - picture: The path of the picture.
    ///   - strength: The share of the steps that are made, in (0, 1].
    ///   - region: What is drawn anew; all of it if not given.
    ///   - pastes: Whether the picture's own pixels are put back where they are kept.
    /// - Throws: ``GenerateError`` for a value outside its range.
    public init(
      drawing: Generate.Request, picture: String, strength: Double, region: Region? = nil,
      pastes: Bool? = nil
    ) throws(GenerateError) {
      self.drawing = drawing
      self.picture = picture
      self.strength = strength
      self.region = region
      self.pastes = pastes
      conditioning = nil
      try validate()
    }

    /// Describes pictures by a model that is told something of the picture.
    ///
    /// - Parameters:
    ///   - drawing: What to draw, with which model and how.
    ///   - picture: The path of the picture.
    ///   - strength: The share of the steps that are made, in (0, 1]. A model that edits, or that
    ///     was trained to enlarge, makes all.
    ///   - conditioning: What it is told.
    /// - Throws: ``GenerateError`` for a value outside its range.
    public init(
      drawing: Generate.Request, picture: String, strength: Double = 1, conditioning: Conditioning
    ) throws(GenerateError) {
      self.drawing = drawing
      self.picture = picture
      self.strength = strength
      (region, pastes) = (nil, nil)
      self.conditioning = conditioning
      try validate()
    }

    private func validate() throws(GenerateError) {
      guard strength > 0, strength <= 1 else {
        throw .value("strength", expected: "above 0 up to 1", found: "\(strength)")
      }
      try region?.validate()
      try conditioning?.validate()
    }
  }
}

extension Redraw.Request: PictureRequest {
  /// `redraw`.
  public static var task: String? { "redraw" }

  /// What a picture is asked to show is its prompt.
  public static var subject: String { "prompt" }

  /// A model changed a picture.
  public static var source: XMP.Source { .compositeWithTrainedAlgorithmicMedia }

  /// The model's name, or its path.
  public var model: String { drawing.model }

  /// The number of pictures.
  public var total: Int { drawing.total }

  /// The seed of the first picture.
  public var seed: UInt64 { drawing.seed }

  /// The prompt of a picture.
  public func subject(of index: Int) -> String { drawing.subject(of: index) }

  /// The settings as AUTOMATIC1111's program writes them, with its words for strength, and for how
  /// much the picture counts.
  public func parameters(files: [String: String], program: String) -> String {
    let own =
      if case .instruction(let guidance) = conditioning {
        "Image CFG scale: \(guidance)"
      } else {
        "Denoising strength: \(strength)"
      }
    return "\(drawing.parameters(files: files, program: program)), \(own)"
  }
}
