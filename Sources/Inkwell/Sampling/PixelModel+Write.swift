internal import Files
package import Foundation
package import Layers
package import Models

extension PixelModel {
  /// The parts of a model that is to be written.
  package struct Parts {
    /// The denoiser's sizes.
    package var network: ADMConfiguration
    /// The denoiser's weights, under its own names.
    package var weights: WeightSource
    /// The process and what the network outputs.
    package var scheduler: PixelScheduler
    /// Labels, the patch size, what to sample with.
    package var about: PixelModelIndex.About
    /// The sizes and weights of a classifier.
    package var classifier: (sizes: ADMClassifierConfiguration, weights: WeightSource)?
    /// The folder of a trained autoencoder: `config.json` and its weights.
    package var autoencoder: URL?

    /// Names the parts that every model has.
    package init(
      network: ADMConfiguration, weights: WeightSource, scheduler: PixelScheduler,
      about: PixelModelIndex.About
    ) {
      self.network = network
      self.weights = weights
      self.scheduler = scheduler
      self.about = about
    }
  }

  /// Writes a model's folder, which is whole or not there, and reads it to see that its parts fit.
  ///
  /// What an earlier model's folder has beside the parts is kept.
  ///
  /// - Parameters:
  ///   - parts: The parts; weights are written in float32.
  ///   - folder: The folder.
  /// - Returns: The folder.
  /// - Throws: ``ModelError``, what is wrong with a part, or a `FileError`.
  @discardableResult
  package static func write(_ parts: Parts, to folder: URL) throws -> PixelModelFolder {
    try ModelPlace(folder, parts: ["unet", "classifier", "vae", "scheduler"]).put { staging in
      try ADMUNet.write(parts.weights, parts.network, to: staging.appending(path: "unet"))
      if let classifier = parts.classifier {
        try ADMClassifier.write(
          classifier.weights, classifier.sizes, to: staging.appending(path: "classifier"))
      }
      if let autoencoder = parts.autoencoder {
        for name in ["config.json", "diffusion_pytorch_model.safetensors"] {
          try ModelPlace.copy(autoencoder.appending(path: name), to: staging, as: "vae/\(name)")
        }
      }
      try ModelPlace.write(parts.scheduler, to: staging, as: PixelModelFolder.schedulerFile)
      try ModelPlace.write(
        PixelModelIndex(
          parts.about, hasClassifier: parts.classifier != nil,
          hasAutoencoder: parts.autoencoder != nil),
        to: staging, as: ModelFolder.indexFile)
      _ = try PixelModel(folder: staging)
    }
    return try PixelModelFolder(folder)
  }
}
