internal import Diffusion
internal import Foundation
package import Models

/// A model that draws pictures, unconditionally or of a class or a number.
///
/// Its folder, which ``write(_:to:)`` makes and ``init(folder:)`` reads:
///
/// | file | what it is |
/// |---|---|
/// | `model_index.json` | ``PixelModelIndex``: labels, the patch size, what to sample with |
/// | `unet/config.json`, `unet/diffusion_pytorch_model.safetensors` | the denoiser, an `ADMUNet` |
/// | `scheduler/scheduler_config.json` | ``PixelScheduler``: the process, what the network outputs
/// |
/// | `classifier/` | an `ADMClassifier` of noisy pictures, for guidance, if there is one |
/// | `vae/` | an `AutoencoderKL`, where the network works on its latents |
///
/// The network sees pictures in [-1, 1], grey ones or in three colours, or scaled latents.
package struct PixelModel: Sendable {
  package let network: any LabelledNetwork
  package let scheduler: PixelScheduler
  package let about: PixelModelIndex.About
  package let classifier: ADMClassifier?
  package let autoencoder: AutoencoderKL?

  /// A model of these parts.
  ///
  /// - Throws: ``ModelError`` where they do not fit together, named with `place`.
  package init(
    _ network: any LabelledNetwork, _ scheduler: PixelScheduler, about: PixelModelIndex.About,
    classifier: ADMClassifier? = nil, autoencoder: AutoencoderKL? = nil, place: String
  ) throws {
    self.network = network
    self.scheduler = scheduler
    self.about = about
    self.classifier = classifier
    self.autoencoder = autoencoder
    try checkFit(place)
  }

  /// The width and height of a picture.
  package var side: Int {
    network.side * about.patchSize * (autoencoder?.configuration.reduction ?? 1)
  }

  /// What the network denoises, `[channels, height, width]`.
  var sampleShape: [Int] { [network.inChannels, network.side, network.side] }

  /// The channels of a picture: 1, or 3.
  package var channels: Int {
    autoencoder?.configuration.outChannels
      ?? network.inChannels / (about.patchSize * about.patchSize)
  }

  /// The number that stands for no label, if the network has learned one.
  package var unlabelled: Int? {
    guard case .classes(let names) = about.labels,
      network.labels == .classes(names.count + 1)
    else { return nil }
    return names.count
  }

  private func checkFit(_ place: String) throws(ModelError) {
    func check(_ what: String, _ expected: Int, _ found: Int) throws(ModelError) {
      guard expected != found else { return }
      throw .mismatch(folder: place, expected: "\(what): \(expected)", found: "\(found)")
    }
    let factor = scheduler.variance == nil ? 1 : 2
    try check("channels out of the network", factor * network.inChannels, network.outChannels)
    if let vae = autoencoder?.configuration {
      try check(
        "channels into the network, those of latents", vae.latentChannels, network.inChannels)
      try check("patch_size with an autoencoder", 1, about.patchSize)
    }
    let square = about.patchSize * about.patchSize
    guard (1...64).contains(about.patchSize), network.inChannels.isMultiple(of: square),
      [1, 3].contains(channels)
    else {
      throw .mismatch(
        folder: place, expected: "1 or 3 channels of pictures with a patch_size of 1 to 64",
        found: "\(network.inChannels) channels with a patch_size of \(about.patchSize)")
    }
    if let trunk = classifier?.configuration.trunk {
      try check("channels into the classifier", network.inChannels, trunk.inChannels)
      try check("image_size of the classifier", network.side, trunk.imageSize)
    }
    try checkLabels(place)
  }

  private func checkLabels(_ place: String) throws(ModelError) {
    let found = network.labels
    let expected: [NetworkLabels?]
    switch about.labels {
    case .classes(let names):
      expected = [.classes(names.count), .classes(names.count + 1)]
      if let classes = classifier?.configuration.trunk.outChannels, classes != names.count {
        throw .mismatch(
          folder: place, expected: "a classifier of \(names.count) classes", found: "\(classes)")
      }
    case .number(let from, let to):
      guard from < to else {
        throw .mismatch(
          folder: place, expected: "a label from less to more", found: "\(from), \(to)")
      }
      expected = [.number]
    case nil: expected = [nil]
    }
    // A network without labels can be guided by a classifier that has them.
    let isGuided = found == nil && classifier != nil
    guard expected.contains(found) || isGuided else {
      func text(_ labels: NetworkLabels?) -> String {
        labels.map { "\($0)" } ?? "none"
      }
      throw .mismatch(
        folder: place,
        expected: "a network told \(expected.map(text).joined(separator: " or "))",
        found: text(found))
    }
  }
}
