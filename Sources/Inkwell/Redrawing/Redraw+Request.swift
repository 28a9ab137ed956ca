internal import Foundation
internal import Modalities
internal import Torch

extension Redraw {
  /// What pictures are wanted of which picture.
  public struct Request: Codable, Sendable, Hashable {
    /// What to draw, with which model and how.
    ///
    /// Its size is the size that the picture is brought to; the picture's own if not given, with
    /// ``margins``.
    public let drawing: Generate.Request
    /// The path of the picture.
    public let picture: String
    /// The share of the steps that are made, in (0, 1]: how far the result may go from the picture.
    public let strength: Double
    /// The path of a picture as large as ``picture``: white is drawn anew, black is kept.
    public let mask: String?
    /// Whether grey parts of the mask are blended; else they count as black or white.
    public let isMaskSoft: Bool?
    /// How far the picture is extended beyond its edges, in pixels.
    public let margins: Margins?
    /// Whether the picture's own pixels are put back where they are kept.
    public let pastes: Bool?
    /// How much the picture counts for a model that edits by instructions, 0 … 100.
    public let pictureGuidance: Double?
    /// The path of a picture that is light where things are near, for a model that sees depths.
    public let depth: String?
    /// How the picture becomes larger.
    public let enlargement: Enlargement?

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
    ) throws {
      self.drawing = drawing
      self.picture = picture
      self.strength = strength
      self.pastes = pastes
      (pictureGuidance, depth, enlargement) = (nil, nil, nil)
      switch region {
      case .mask(let path, let isSoft):
        (mask, isMaskSoft, margins) = (path, isSoft ? true : nil, nil)
      case .beyond(let margins): (mask, isMaskSoft, self.margins) = (nil, nil, margins)
      case nil: (mask, isMaskSoft, margins) = (nil, nil, nil)
      }
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
    ) throws {
      self.drawing = drawing
      self.picture = picture
      self.strength = strength
      (mask, isMaskSoft, margins, pastes) = (nil, nil, nil, nil)
      switch conditioning {
      case .instruction(let guidance): (pictureGuidance, depth, enlargement) = (guidance, nil, nil)
      case .depth(let path): (pictureGuidance, depth, enlargement) = (nil, path, nil)
      case .enlargement(let own): (pictureGuidance, depth, enlargement) = (nil, nil, own)
      }
      try validate()
    }

    /// What a model is told of the picture; nothing for most.
    public var conditioning: Conditioning? {
      pictureGuidance.map { .instruction(pictureGuidance: $0) } ?? depth.map { .depth($0) }
        ?? enlargement.map { .enlargement($0) }
    }

    /// Reads a request, whose values must be those that
    /// ``init(drawing:picture:strength:region:pastes:)`` or
    /// ``init(drawing:picture:strength:conditioning:)`` takes.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      drawing = try keys.decode(Generate.Request.self, forKey: .drawing)
      picture = try keys.decode(String.self, forKey: .picture)
      strength = try keys.decode(Double.self, forKey: .strength)
      mask = try keys.decodeIfPresent(String.self, forKey: .mask)
      isMaskSoft = try keys.decodeIfPresent(Bool.self, forKey: .isMaskSoft)
      margins = try keys.decodeIfPresent(Margins.self, forKey: .margins)
      pastes = try keys.decodeIfPresent(Bool.self, forKey: .pastes)
      pictureGuidance = try keys.decodeIfPresent(Double.self, forKey: .pictureGuidance)
      depth = try keys.decodeIfPresent(String.self, forKey: .depth)
      enlargement = try keys.decodeIfPresent(Enlargement.self, forKey: .enlargement)
      try validate()
    }

    private func validate() throws(GenerateError) {
      guard strength > 0, strength <= 1 else {
        throw .value("strength", expected: "above 0 up to 1", found: "\(strength)")
      }
      try conditioning?.validate()
      let told = [pictureGuidance != nil, depth != nil, enlargement != nil].filter { $0 }.count
      guard told == 0 || (told == 1 && mask == nil && margins == nil) else {
        throw .value(
          "request", expected: "a mask, margins, picture guidance, depth or an enlargement",
          found: "several")
      }
      guard let margins else { return }
      guard mask == nil else {
        throw .value("mask", expected: "none beside margins", found: "one")
      }
      let all = [margins.left, margins.top, margins.right, margins.bottom]
      guard all.allSatisfy({ (0...4096).contains($0) }), all.contains(where: { $0 > 0 }) else {
        throw .value(
          "margins", expected: "0 to 4096 each, and one that is not 0", found: "\(all)")
      }
    }
  }

  /// Which part of a picture is drawn anew.
  public enum Region: Sendable, Hashable {
    /// What is white in a picture of the same size; grey is blended if the mask is soft.
    case mask(String, isSoft: Bool)
    /// What lies beyond the edges.
    case beyond(Margins)
  }

  /// How far a picture is extended beyond its edges, in pixels, 0 … 4,096.
  public struct Margins: Codable, Sendable, Hashable {
    /// To the left.
    public var left: Int
    /// Upwards.
    public var top: Int
    /// To the right.
    public var right: Int
    /// Downwards.
    public var bottom: Int

    /// Margins on all sides.
    public init(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) {
      self.left = left
      self.top = top
      self.right = right
      self.bottom = bottom
    }
  }
}

extension Redraw.Request: PictureRequest {
  /// `redraw`.
  public static var task: String? { "redraw" }

  /// What a picture is asked to show is its prompt.
  public static var subject: String { "prompt" }

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
    let own = pictureGuidance.map { "Image CFG scale: \($0)" } ?? "Denoising strength: \(strength)"
    return "\(drawing.parameters(files: files, program: program)), \(own)"
  }
}

extension Redraw.Request: PromptedRequest {
  var inputs: [String: String] {
    get throws {
      let own = [("picture", picture), ("mask", mask), ("depth", depth)]
        .reduce(into: [:]) { files, input in files[input.0] = input.1 }
      return try own.merging(drawing.inputs) { $1 }
    }
  }

  func drawing(_ other: Generate.Request) throws -> Redraw.Request {
    if let conditioning {
      return try Redraw.Request(
        drawing: other, picture: picture, strength: strength, conditioning: conditioning)
    }
    let region: Redraw.Region? =
      margins.map { .beyond($0) } ?? mask.map { .mask($0, isSoft: isMaskSoft ?? false) }
    return try Redraw.Request(
      drawing: other, picture: picture, strength: strength, region: region, pastes: pastes)
  }

  func start() throws -> RedrawStart? {
    let image = try read(picture).flattened()
    var start = RedrawStart(
      picture: image, mask: nil, strength: strength, isSoft: isMaskSoft ?? false,
      pastes: pastes ?? false)
    switch conditioning {
    case .instruction(let guidance): start.told = .instruction(pictureGuidance: guidance)
    case .depth(let path): start.told = .depth(try read(path))
    case .enlargement(let own): start.told = .enlargement(own)
    case nil: break
    }
    if let margins { start = try start.extended(by: margins) }
    guard let mask else { return start }
    let found = try read(mask)
    guard found.width == image.width, found.height == image.height else {
      throw GenerateError.value(
        "mask", expected: "\(start.size.width)x\(start.size.height) as the picture has",
        found: "\(found.width)x\(found.height)")
    }
    start.mask = found
    return start
  }

  private func read(_ path: String) throws -> Image {
    try Image(contentsOf: URL(filePath: path))
  }
}

extension RedrawStart {
  /// The picture in the middle of a larger one, whose margins repeat its edge and are drawn anew.
  func extended(by margins: Redraw.Margins) throws -> RedrawStart {
    let width = picture.width + margins.left + margins.right
    let height = picture.height + margins.top + margins.bottom
    var extended = self
    var mask = Image(width: width, height: height, color: .white)
    mask.draw(
      Image(width: picture.width, height: picture.height, color: .black), x: margins.left,
      y: margins.top)
    extended.mask = mask
    let edges = [margins.left, margins.right, margins.top, margins.bottom]
    extended.picture = try Image(
      tensor: try checked { pixels.padded(edges, mode: "replicate").squeezed(0) })
    return extended
  }
}
