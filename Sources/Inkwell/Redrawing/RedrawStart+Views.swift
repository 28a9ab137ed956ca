internal import Modalities
internal import Torch

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

  /// The picture as it is seen from farther away: smaller by a factor, in the middle of a view of
  /// the same size.
  func zoomedOut(by factor: Double) throws -> RedrawStart {
    let width = max(Int((Double(size.width) / factor).rounded()), 1)
    let height = max(Int((Double(size.height) / factor).rounded()), 1)
    let (across, down) = (size.width - width, size.height - height)
    let margins = Redraw.Margins(
      left: across / 2, top: down / 2, right: across - across / 2, bottom: down - down / 2)
    return try resized(to: PictureSize(width: width, height: height)).extended(by: margins)
  }

  /// The picture as it is seen where the view has moved: what leaves it is lost, and what comes
  /// into it is drawn anew.
  ///
  /// - Throws: ``GenerateError`` where nothing of the picture would be left.
  func panned(by sides: Redraw.Margins) throws -> RedrawStart {
    let (across, down) = (max(sides.left, sides.right), max(sides.top, sides.bottom))
    guard across < size.width, down < size.height else {
      throw GenerateError.value(
        "pan", expected: "less than the picture's \(size.width)x\(size.height)",
        found: "\(across) and \(down)")
    }
    var panned = try extended(by: sides)
    func view(_ whole: Image) -> Image {
      var view = Image(width: size.width, height: size.height, color: .white)
      view.draw(whole, x: -sides.right, y: -sides.bottom)
      return view
    }
    panned.picture = view(panned.picture)
    panned.mask = panned.mask.map(view)
    return panned
  }
}

extension Redraw.Margins {
  /// Throws unless there is a margin, and none is too wide.
  func validate(_ name: String) throws(GenerateError) {
    let all = [left, top, right, bottom]
    guard all.allSatisfy({ (0...4096).contains($0) }), all.contains(where: { $0 > 0 }) else {
      throw .value(name, expected: "0 to 4096 each, and one that is not 0", found: "\(all)")
    }
  }
}
