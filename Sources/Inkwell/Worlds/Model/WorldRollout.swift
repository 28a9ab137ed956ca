internal import Diffusion
internal import Torch

/// Frames that a model makes one after the other, each from those before it and from an action.
struct WorldRollout {
  private let model: WorldModel
  private let steps: Int
  private let noise: NoiseSource
  private var shown: [Tensor]

  /// A rollout that begins with frames that are given.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - start: At least as many frames as it sees, the oldest first, `[frames, 3, side, side]`, in
  ///     [-1, 1].
  ///   - seed: What the noise of all frames depends on.
  ///   - steps: The steps from noise to a frame; the model's own if not given.
  init(_ model: WorldModel, start: Tensor, seed: UInt64, steps: Int? = nil) {
    precondition(start.shape[0] >= model.about.pastFrames, "too few frames to begin with")
    self.model = model
    self.steps = steps ?? model.about.steps
    noise = NoiseSource(seeds: [seed])
    shown = (0..<start.shape[0]).map { start.selected(dim: 0, index: $0) }
  }

  /// Makes the next frame, which is seen as it is shown: in 8 bits.
  ///
  /// - Parameter action: The number of the action.
  /// - Throws: `SamplingError`, or a `TorchError`.
  mutating func step(_ action: Int) throws {
    let past = shown.suffix(model.about.pastFrames).map { $0 }.stacked()
    let next = try checked {
      try withoutGradients {
        let x0 = try model.next(after: past, action: action, steps: steps, noise: noise)
        return ((x0.clamped(min: -1.0, max: 1.0) + 1) * 127.5).rounded() / 127.5 - 1
      }
    }
    shown.append(next)
  }

  /// All frames, those that were given first, `[frames, 3, side, side]`, in [-1, 1].
  var frames: Tensor { shown.stacked() }
}
