internal import Diffusion
internal import Foundation
internal import Layers
package import Models
internal import Torch

/// A model of a world: it makes the next frame from those before it and from an action.
///
/// Alonso et al. 2024 (DIAMOND), section 3, https://arxiv.org/abs/2405.12399: a denoiser of pixels
/// with EDM's preconditioning sees past frames behind the noisy next one, and is told the action.
/// Here the network is an ``ADMUNet`` and the action one of its classes; earlier actions are not
/// told, as the past frames show what they did.
package struct WorldModel: Sendable {
  /// EDM's preconditioning, as DIAMOND has it: frames in [-1, 1] deviate by about a half.
  static let preconditioning = Preconditioning(sigmaData: 0.5)
  /// What the number that stands for the noise is multiplied with before its embedding.
  static let timestepScale = 1000.0

  package let network: ADMUNet
  package let about: WorldModelDetails

  /// - Throws: ``ModelError`` where the numbers do not fit together, named with `place`.
  package init(_ network: ADMUNet, about: WorldModelDetails, place: String) throws {
    self.network = network
    self.about = about
    try Self.check(network.configuration, about, place: place)
  }

  private static func check(
    _ sizes: ADMConfiguration, _ about: WorldModelDetails, place: String
  ) throws(ModelError) {
    let colors = 3 * about.patchSize * about.patchSize
    for (name, range, found) in [
      ("past_frames", 1...64, about.pastFrames), ("patch_size", 1...16, about.patchSize),
      ("steps", 1...1000, about.steps), ("frame_rate", 1...1000, about.frameRate),
    ] where !range.contains(found) {
      throw .mismatch(folder: place, expected: "\(name): \(range)", found: "\(found)")
    }
    for (what, expected, found) in [
      ("channels into the network", (about.pastFrames + 1) * colors, sizes.inChannels),
      ("channels out of the network", colors, sizes.outChannels),
      (
        "image_size of the network, a frame's patches", about.side / about.patchSize,
        sizes.imageSize
      ),
      ("a frame's side, whole patches", sizes.imageSize * about.patchSize, about.side),
    ] where expected != found {
      throw .mismatch(folder: place, expected: "\(what): \(expected)", found: "\(found)")
    }
    guard sizes.labels == .classes(about.actions.count) else {
      throw .mismatch(
        folder: place, expected: "a network told \(about.actions.count) actions",
        found: sizes.labels.map { "\($0)" } ?? "none")
    }
    guard about.sigmaMax > 0.01, about.sigmaMax.isFinite else {
      throw .mismatch(
        folder: place, expected: "sigma_max: above 0.01", found: "\(about.sigmaMax)")
    }
  }
}

extension WorldModel {
  /// What the network is asked for: a noisy frame and a number for its noise, given the past.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - past: Frames as the network sees them, `[batch, pastFrames · channels, height, width]`.
  ///   - actions: The number of the action of each, `[batch]`.
  /// - Returns: The network with the past behind its input.
  static func network(
    _ network: ADMUNet, past: Tensor, actions: Tensor
  ) -> DenoisingNetwork {
    { x, told in
      network(
        concatenate(x, past, dim: 1).contiguous(memoryFormat: .channelsLast),
        timesteps: told * timestepScale, labels: actions
      ).converted(to: .float32)
    }
  }

  /// The next frame.
  ///
  /// - Parameters:
  ///   - past: The last ``WorldModelDetails/pastFrames`` frames, the oldest first, `[pastFrames, 3,
  ///     side, side]`, in [-1, 1].
  ///   - action: The number of the action.
  ///   - steps: The steps from noise to a frame.
  ///   - noise: A source for one sample.
  /// - Returns: A frame, `[3, side, side]`, about in [-1, 1].
  /// - Throws: `SamplingError`, or a `TorchError`.
  func next(
    after past: Tensor, action: Int, steps: Int, noise: NoiseSource
  ) throws -> Tensor {
    let space = PictureSpace(colors: 3, patchSize: about.patchSize, autoencoder: nil)
    let schedule = try KarrasSchedule(sigmaMax: about.sigmaMax)
    let size = about.side / about.patchSize
    let start = noise.normal([space.channels, size, size]) * about.sigmaMax
    let told = space.encoded(past).reshaped(1, about.pastFrames * space.channels, size, size)
    let denoiser = PreconditionedDenoiser(
      Self.preconditioning,
      network: Self.network(network, past: told, actions: Tensor([action])))
    let x0 = try Euler().sample(
      start, over: schedule.levels(steps), denoiser: denoiser, noise: noise)
    return space.decoded(x0).squeezed(0)
  }
}

extension WorldModel {
  /// Writes a model's folder, which is whole or not there, and reads it to see that it fits.
  ///
  /// - Parameters:
  ///   - weights: The network's weights under its own names, written in float32.
  ///   - network: The network's sizes.
  ///   - about: What the model is.
  ///   - folder: The folder.
  /// - Returns: The folder.
  /// - Throws: ``ModelError``, what is wrong with a part, or a `FileError`.
  @discardableResult
  static func write(
    _ weights: WeightSource, _ network: ADMConfiguration, about: WorldModelDetails,
    to folder: URL
  ) throws -> WorldModelFolder {
    try ModelPlace(folder, parts: ["unet"]).put { staging in
      try ADMUNet.write(weights, network, to: staging.appending(path: "unet"))
      try ModelPlace.write(WorldModelIndex(about), to: staging, as: ModelFolder.indexFile)
      _ = try WorldModel(WorldModelFolder(staging))
    }
    return try WorldModelFolder(folder)
  }

  /// Reads a model.
  ///
  /// - Parameter folder: Its folder.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  package init(_ folder: WorldModelFolder) throws {
    let place = folder.url.path(percentEncoded: false)
    do {
      try self.init(
        ADMUNet(folder: folder.url.appending(path: "unet")), about: folder.index.about,
        place: place)
    } catch let error as LoadingError {
      throw ModelError.weights(folder: place, reason: "\(error)")
    }
  }
}
