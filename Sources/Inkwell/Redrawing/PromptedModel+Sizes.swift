internal import Models

extension PromptedModel {
  /// The size of the pictures that are wanted, and that which they are drawn at.
  ///
  /// - Parameters:
  ///   - asked: The size that is asked for, if one is.
  ///   - start: What the pictures begin with.
  /// - Returns: Both sizes.
  /// - Throws: ``GenerateError`` for a size that the model does not draw at.
  func sizes(
    _ asked: PictureSize?, from start: RedrawStart?
  ) throws -> (wanted: PictureSize, drawn: PictureSize) {
    guard let start, case .enlargement(let enlargement) = start.told else {
      let size = asked ?? start?.size ?? nativeSize
      return (size, try drawnSize(size))
    }
    try requireAnySize("enlargement")
    let isTrained = self.enlargement > 1
    let usual = PictureTarget.times(isTrained ? Double(self.enlargement) : 2)
    let unit = isTrained ? 1 : autoencoder.configuration.reduction
    let wanted = asked ?? (enlargement.target ?? usual).size(of: start.size, unit: unit)
    try wanted.validate()
    guard isTrained else { return (wanted, try drawnSize(wanted)) }
    let isOfLatents = purpose == .enlargingLatents
    let large = usual.size(of: start.size, unit: isOfLatents ? sideUnit : 1)
    return (wanted, isOfLatents ? large.atLeast(leastSide) : large)
  }

  /// The least side of the pictures that it draws.
  ///
  /// The filters of a model that enlarges latents mirror what is beyond the edges of features,
  /// which must be two places wide then.
  private var leastSide: Int { purpose == .enlargingLatents ? 2 * sideUnit : sideUnit }

  /// The size of the windows that are drawn at a time: an enlargement's are as large as the
  /// pictures that the model was trained for.
  ///
  /// - Parameters:
  ///   - asked: The size that is asked for, if one is.
  ///   - start: What the pictures begin with.
  /// - Returns: The size; nothing where the whole is drawn at once.
  /// - Throws: ``GenerateError`` for a size that the model does not draw at.
  func window(_ asked: PictureSize?, from start: RedrawStart?) throws -> PictureSize? {
    guard let asked else {
      if case .enlargement = start?.told { return nativeSize }
      return nil
    }
    try requireAnySize("window")
    let unit = sideUnit
    guard asked.width % unit == 0, asked.height % unit == 0, asked == asked.atLeast(leastSide)
    else {
      throw GenerateError.value(
        "window",
        expected: "multiples of \(unit)\(leastSide > unit ? " from \(leastSide) on" : "")",
        found: asked.description)
    }
    return asked
  }

  /// Reads ControlNets and their pictures, which are as large as what is drawn, or as what is
  /// enlarged.
  func guides(
    _ controls: [Generate.Control], at drawn: PictureSize, from start: RedrawStart?
  ) throws -> [ControlGuide] {
    guard let start, case .enlargement = start.told else {
      return try controls.map { try guide($0, size: drawn) }
    }
    return try controls.map { try guide($0, size: start.size).resized(to: drawn) }
  }

  /// The second pass of a drawing, if it has one.
  ///
  /// - Parameters:
  ///   - pass: What is asked for.
  ///   - drawn: The size of the first pass.
  /// - Returns: The pass.
  /// - Throws: ``GenerateError`` for a size that the model does not draw at.
  func second(
    _ pass: Generate.SecondPass?, at drawn: PictureSize
  ) throws -> Drawing.SecondPass? {
    guard let pass else { return nil }
    try requireAnySize("hires")
    let size = pass.target.size(of: drawn, unit: autoencoder.configuration.reduction)
    try size.validate()
    return Drawing.SecondPass(
      size: try drawnSize(size), strength: pass.strength, enlarged: pass.enlarged)
  }

  /// Throws ``GenerateError`` where a second pass, a refiner or an upscaler would not know what the
  /// first pass does: a mask, or what a model for a task is told.
  func checkPasses(
    _ options: Generate.Options, from start: RedrawStart?
  ) throws(GenerateError) {
    guard start?.mask != nil || start?.told != nil else { return }
    for (name, isAsked) in [
      ("hires", options.hires != nil), ("refiner", options.refiner != nil),
      ("upscaler", options.upscaler != nil),
    ] where isAsked {
      throw .unknownSetting(name, of: "a picture with a mask or a task of its own")
    }
  }

  private func requireAnySize(_ setting: String) throws(GenerateError) {
    guard drawsAnySize else { throw .unknownSetting(setting, of: "a model of one size") }
  }
}
