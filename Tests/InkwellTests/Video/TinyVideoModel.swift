import Foundation
import Layers
import Modalities
import Models
import TestSupport
import Torch

@testable import Inkwell

/// A whole model of clips of five frames of 16 x 16 pixels with random weights.
enum TinyVideoModel {
  static let frames = 5
  static let side = 16

  /// A folder with the parts and, in `models/clips`, the model.
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyModel.writeParts(to: folder)
    try write(to: folder)
    return folder
  }

  static func library(_ folder: TemporaryFolder) -> ModelLibrary {
    ModelLibrary(folders: [folder.file("models")])
  }

  static var latents: WanAutoencoderConfiguration {
    var sizes = WanAutoencoderConfiguration()
    (sizes.baseDim, sizes.zDim, sizes.numResBlocks) = (4, 4, 1)
    (sizes.dimMult, sizes.temperalDownsample) = ([1, 2], [true])
    (sizes.inChannels, sizes.outChannels, sizes.patchSize) = (12, 12, 2)
    (sizes.latentsMean, sizes.latentsStd) = ([0, 0, 0, 0], [1, 1, 1, 1])
    return sizes
  }

  static var transformer: WanTransformerConfiguration {
    var sizes = WanTransformerConfiguration()
    (sizes.numAttentionHeads, sizes.attentionHeadDim, sizes.numLayers) = (2, 12, 2)
    (sizes.inChannels, sizes.outChannels, sizes.textDim) = (9, 4, 24)
    (sizes.freqDim, sizes.ffnDim) = (16, 48)
    return sizes
  }

  private static func write(to folder: TemporaryFolder) throws {
    let parts = ["parts/vae", "parts/transformer", "text", "models/clips"].map {
      folder.file($0).path(percentEncoded: false)
    }
    let vae = try TinyModel.weights(seed: 11) { WanAutoencoder($0, latents) }
    try WanAutoencoder.write(vae, latents, to: folder.file("parts/vae"))
    let network = try TinyModel.weights(seed: 12) { WanTransformer($0, transformer) }
    try WanTransformer.write(network, transformer, to: folder.file("parts/transformer"))
    try PackageVideoModel(
      autoencoder: parts[0], transformer: parts[1], textEncoder: parts[2], output: parts[3],
      shift: 1,
      about: VideoModelIndex.About(
        summary: "noise", maximumTokens: 8, frames: frames, side: side, frameRate: 10,
        settings: SamplingSettings(steps: 3, guidance: 3)))()
  }

  /// A square that moves to the right over a ground.
  static func clip(_ count: Int, shade: UInt8 = 40) throws -> Clip {
    let images = (0..<count).map { number in
      var image = Image(width: side, height: side, color: Color(red: 200, green: 220, blue: 90))
      image.draw(
        Image(width: 5, height: 5, color: Color(red: shade, green: 20, blue: 140)), x: number,
        y: 6)
      return image
    }
    return try Clip(images, frameRate: FrameRate(10))
  }
}
