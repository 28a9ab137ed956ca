internal import Foundation
internal import Modalities

extension Redraw.Request: PromptedRequest {
  var inputs: [String: String] {
    get throws {
      var own = ["picture": picture]
      switch region {
      case .mask(let path, _): own["mask"] = path
      case .changed(let path): own["change map"] = path
      case .beyond, .zoomedOut, .panned, nil: break
      }
      if case .depth(let path) = conditioning { own["depth"] = path }
      return try own.merging(drawing.inputs) { $1 }
    }
  }

  func drawing(_ other: Generate.Request) throws -> Redraw.Request {
    guard let conditioning else {
      return try Redraw.Request(
        drawing: other, picture: picture, strength: strength, region: region, pastes: pastes)
    }
    return try Redraw.Request(
      drawing: other, picture: picture, strength: strength, conditioning: conditioning)
  }

  func start() throws -> RedrawStart? {
    var start = RedrawStart(
      picture: try Self.image(picture).flattened(), mask: nil, strength: strength,
      pastes: pastes ?? false)
    switch conditioning {
    case .instruction(let guidance): start.told = .instruction(pictureGuidance: guidance)
    case .depth(let path): start.told = .depth(try Self.image(path))
    case .enlargement(let own): start.told = .enlargement(own)
    case nil: break
    }
    switch region {
    case .mask(let path, let isSoft):
      start.isSoft = isSoft
      start.mask = try Self.image(path, named: "mask", of: start.size)
    case .changed(let path):
      (start.isSoft, start.isReleased) = (true, true)
      start.mask = try Self.image(path, named: "change map", of: start.size)
    case .beyond(let margins): start = try start.extended(by: margins)
    case .zoomedOut(let factor): start = try start.zoomedOut(by: factor)
    case .panned(let sides): start = try start.panned(by: sides)
    case nil: break
    }
    return start
  }

  private static func image(_ path: String) throws -> Image {
    try Image(contentsOf: URL(filePath: path))
  }

  /// A picture that must be as large as another.
  private static func image(
    _ path: String, named name: String, of size: PictureSize
  ) throws -> Image {
    let found = try image(path)
    guard found.width == size.width, found.height == size.height else {
      throw GenerateError.value(
        name, expected: "\(size.width)x\(size.height) as the picture has",
        found: "\(found.width)x\(found.height)")
    }
    return found
  }
}
