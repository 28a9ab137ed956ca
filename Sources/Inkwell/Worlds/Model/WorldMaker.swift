internal import Modalities
internal import Torch

/// Makes the clip of a request for a rollout.
struct WorldMaker {
  /// The columns between the simulator's frames and the model's.
  private static let gap = 2

  let model: WorldModel
  /// What to make, with nothing left to the model.
  let request: World.Request

  /// - Throws: ``ModelError`` for a model of another world, named with `place`.
  init(_ model: WorldModel, _ request: World.Request, place: String) throws {
    let actions = StreetAction.allCases.map(\.rawValue)
    guard model.about.actions == actions, Street.sides.contains(model.about.side) else {
      let found = model.about.actions.joined(separator: ", ")
      throw ModelError.mismatch(
        folder: place,
        expected: "the actions \(actions.joined(separator: ", ")) and a side of \(Street.sides)",
        found: "\(found) and \(model.about.side)")
    }
    self.model = model
    self.request = request
  }

  /// The clip: the simulator's frames that it begins with, and those that are made.
  ///
  /// - Parameter onStep: Told of every frame; what it throws ends the making.
  /// - Returns: The frames, larger and beside the simulator's if that is asked for.
  /// - Throws: `SamplingError`, `ClipError`, or a `TorchError`.
  func clip(onStep: (VideoStep) throws -> Void) throws -> Clip {
    let actions = try request.script()
    var street = Street(seed: request.start.street, weather: request.start.weather)
    var truth = [frame(of: street)]
    for _ in 1..<max(model.about.pastFrames, 1) {
      street.step(.stay)
      truth.append(frame(of: street))
    }
    var rollout = WorldRollout(
      model, start: truth.stacked(), seed: request.seed, steps: request.options.steps)
    for (number, action) in actions.enumerated() {
      try rollout.step(action.number)
      street.step(action)
      truth.append(frame(of: street))
      try onStep(VideoStep(index: number + 1, count: actions.count))
    }
    return try checked {
      var shown = rollout.frames
      if request.options.isCompared {
        let real = truth.stacked()
        let between = Tensor.full(
          [real.shape[0], 3, real.shape[2], Self.gap], .real(-1))
        shown = concatenate(real, between, shown, dim: 3)
      }
      let scale = Double(request.options.scale)
      return try Clip(
        tensor: shown.upsampledNearest2d(size: nil, scale: [scale, scale]),
        frameRate: FrameRate(model.about.frameRate))
    }
  }

  /// The frame that a street shows, `[3, side, side]`, in [-1, 1].
  private func frame(of street: Street) -> Tensor {
    let side = model.about.side
    let bytes = street.frame(side: side).pixels.withUnsafeBytes {
      Tensor(bytes: $0, shape: [side, side, 3], dtype: .uint8)
    }
    return Image.scaled(bytes.permuted(2, 0, 1).contiguous())
  }
}
