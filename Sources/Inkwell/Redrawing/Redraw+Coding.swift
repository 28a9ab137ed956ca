extension Redraw.Request: Codable {
  /// The keys in JSON, where every region and every conditioning has its own.
  fileprivate struct Fields: Codable {
    var drawing: Generate.Request
    var picture: String
    var strength: Double
    var pastes: Bool?
    var mask: String?
    var isMaskSoft: Bool?
    var margins: Redraw.Margins?
    var changeMap: String?
    var zoomOut: Double?
    var pan: Redraw.Margins?
    var pictureGuidance: Double?
    var depth: String?
    var enlargement: Redraw.Enlargement?
  }

  /// Reads a request, whose values must be those that its initializers take.
  public init(from decoder: any Decoder) throws {
    let fields = try Fields(from: decoder)
    let given: [(name: String, isGiven: Bool)] = [
      ("mask", fields.mask != nil), ("margins", fields.margins != nil),
      ("change map", fields.changeMap != nil), ("zoom out", fields.zoomOut != nil),
      ("pan", fields.pan != nil), ("picture guidance", fields.pictureGuidance != nil),
      ("depth", fields.depth != nil), ("enlargement", fields.enlargement != nil),
    ]
    let names = given.filter(\.isGiven).map(\.name)
    guard names.count < 2 else {
      throw GenerateError.value(names[1], expected: "none beside \(names[0])", found: "both")
    }
    if let conditioning = fields.conditioning {
      try self.init(
        drawing: fields.drawing, picture: fields.picture, strength: fields.strength,
        conditioning: conditioning)
    } else {
      try self.init(
        drawing: fields.drawing, picture: fields.picture, strength: fields.strength,
        region: fields.region, pastes: fields.pastes)
    }
  }

  /// Writes the request.
  public func encode(to encoder: any Encoder) throws {
    var fields = Fields(drawing: drawing, picture: picture, strength: strength, pastes: pastes)
    switch region {
    case .mask(let path, let isSoft): (fields.mask, fields.isMaskSoft) = (path, isSoft ? true : nil)
    case .beyond(let margins): fields.margins = margins
    case .changed(let map): fields.changeMap = map
    case .zoomedOut(let factor): fields.zoomOut = factor
    case .panned(let sides): fields.pan = sides
    case nil: break
    }
    switch conditioning {
    case .instruction(let guidance): fields.pictureGuidance = guidance
    case .depth(let path): fields.depth = path
    case .enlargement(let own): fields.enlargement = own
    case nil: break
    }
    try fields.encode(to: encoder)
  }
}

extension Redraw.Request.Fields {
  fileprivate var region: Redraw.Region? {
    if let mask { return .mask(mask, isSoft: isMaskSoft ?? false) }
    if let margins { return .beyond(margins) }
    if let changeMap { return .changed(changeMap) }
    if let zoomOut { return .zoomedOut(zoomOut) }
    return pan.map { .panned($0) }
  }

  fileprivate var conditioning: Redraw.Conditioning? {
    if let pictureGuidance { return .instruction(pictureGuidance: pictureGuidance) }
    if let depth { return .depth(depth) }
    return enlargement.map { .enlargement($0) }
  }
}
