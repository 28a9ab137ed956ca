internal import Foundation
internal import Modalities

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
    /// The path of a picture as large as ``picture``, whose grey says in which share of the steps
    /// each place is drawn freely: white in all, black in none.
    public let changeMap: String?
    /// How many times as much as the picture shows is seen in the result, which is as large.
    public let zoomOut: Double?
    /// How far the view moves to each side, in pixels; the result is as large.
    public let pan: Margins?
    /// Whether the picture's own pixels are put back where they are kept.
    public let pastes: Bool?

    /// Describes pictures.
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
      (mask, isMaskSoft) =
        if case .mask(let path, let isSoft) = region { (path, isSoft ? true : nil) } else {
          (nil, nil)
        }
      margins = if case .beyond(let margins) = region { margins } else { nil }
      changeMap = if case .changed(let map) = region { map } else { nil }
      zoomOut = if case .zoomedOut(let factor) = region { factor } else { nil }
      pan = if case .panned(let sides) = region { sides } else { nil }
      try validate()
    }

    /// Reads a request, whose values must be those that
    /// ``init(drawing:picture:strength:region:pastes:)`` takes.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      drawing = try keys.decode(Generate.Request.self, forKey: .drawing)
      picture = try keys.decode(String.self, forKey: .picture)
      strength = try keys.decode(Double.self, forKey: .strength)
      mask = try keys.decodeIfPresent(String.self, forKey: .mask)
      isMaskSoft = try keys.decodeIfPresent(Bool.self, forKey: .isMaskSoft)
      margins = try keys.decodeIfPresent(Margins.self, forKey: .margins)
      changeMap = try keys.decodeIfPresent(String.self, forKey: .changeMap)
      zoomOut = try keys.decodeIfPresent(Double.self, forKey: .zoomOut)
      pan = try keys.decodeIfPresent(Margins.self, forKey: .pan)
      pastes = try keys.decodeIfPresent(Bool.self, forKey: .pastes)
      try validate()
    }

    private func validate() throws(GenerateError) {
      guard strength > 0, strength <= 1 else {
        throw .value("strength", expected: "above 0 up to 1", found: "\(strength)")
      }
      let given: [(name: String, isGiven: Bool)] = [
        ("mask", mask != nil), ("margins", margins != nil), ("change map", changeMap != nil),
        ("zoom out", zoomOut != nil), ("pan", pan != nil),
      ]
      let names = given.filter(\.isGiven).map(\.name)
      guard names.count < 2 else {
        throw .value(
          names[1], expected: "none beside \(names[0])", found: "both")
      }
      if let margins { try margins.validate("margins") }
      if let zoomOut, !(zoomOut > 1 && zoomOut <= 8) {
        throw .value("zoom out", expected: "above 1 up to 8", found: "\(zoomOut)")
      }
      guard let pan else { return }
      try pan.validate("pan")
      guard pan.left == 0 || pan.right == 0, pan.top == 0 || pan.bottom == 0 else {
        throw .value("pan", expected: "one of two opposite sides", found: "both")
      }
    }
  }

  /// Which part of a picture is drawn anew.
  public enum Region: Sendable, Hashable {
    /// What is white in a picture of the same size; grey is blended if the mask is soft.
    case mask(String, isSoft: Bool)
    /// What lies beyond the edges.
    case beyond(Margins)
    /// As much of each place as the grey of a picture of the same size says (a change map).
    case changed(String)
    /// What surrounds the picture where it is seen from farther away, by a factor above 1 up to 8.
    case zoomedOut(Double)
    /// What comes into view where the view moves.
    case panned(Margins)
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

  /// The settings as AUTOMATIC1111's program writes them, with its word for strength.
  public func parameters(files: [String: String], program: String) -> String {
    drawing.parameters(files: files, program: program) + ", Denoising strength: \(strength)"
  }
}

extension Redraw.Request: PromptedRequest {
  var inputs: [String: String] {
    get throws {
      var own = ["picture": picture]
      if let mask { own["mask"] = mask }
      if let changeMap { own["change map"] = changeMap }
      return try own.merging(drawing.inputs) { $1 }
    }
  }

  /// What is drawn anew; all of it if not given.
  private var region: Redraw.Region? {
    if let mask { return .mask(mask, isSoft: isMaskSoft ?? false) }
    if let margins { return .beyond(margins) }
    if let changeMap { return .changed(changeMap) }
    if let zoomOut { return .zoomedOut(zoomOut) }
    return pan.map { .panned($0) }
  }

  func drawing(_ other: Generate.Request) throws -> Redraw.Request {
    try Redraw.Request(
      drawing: other, picture: picture, strength: strength, region: region, pastes: pastes)
  }

  func start() throws -> RedrawStart? {
    let image = try read(picture).flattened()
    var start = RedrawStart(
      picture: image, mask: nil, strength: strength, isSoft: isMaskSoft ?? (changeMap != nil),
      pastes: pastes ?? false, isReleased: changeMap != nil)
    if let margins { start = try start.extended(by: margins) }
    if let zoomOut { start = try start.zoomedOut(by: zoomOut) }
    if let pan { start = try start.panned(by: pan) }
    guard let (name, path) = mask.map({ ("mask", $0) }) ?? changeMap.map({ ("change map", $0) })
    else { return start }
    let found = try read(path)
    guard found.width == image.width, found.height == image.height else {
      throw GenerateError.value(
        name, expected: "\(start.size.width)x\(start.size.height) as the picture has",
        found: "\(found.width)x\(found.height)")
    }
    start.mask = found
    return start
  }

  private func read(_ path: String) throws -> Image {
    try Image(contentsOf: URL(filePath: path))
  }
}
