internal import Checkpoints
internal import Foundation
internal import Models

extension ModelFolder {
  /// What drawing with the transformer of a folder needs: it has its matrices once more, as the
  /// library multiplies with them, while it draws.
  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds {
    func weights(_ network: String, named stem: String = "diffusion_pytorch_model") throws
      -> MemoryNeeds.Network
    {
      let file = weightsFile(in: url.appending(path: network), named: stem)
      return MemoryNeeds.Network(
        weights: WeightMemory.Weight.all(of: try WeightsFile(contentsOf: file)))
    }
    let transformer: PixArtConfiguration = try readConfiguration(
      from: url.appending(path: "transformer/config.json"))
    let autoencoder: AutoencoderKLConfiguration = try readConfiguration(
      from: url.appending(path: "vae/config.json"))
    let denoiser = try weights("transformer")
    let packed = WeightMemory(denoiser.weights)
    let step = transformer.workingNumbers(words: index.about.maximumTokens)
    let estimates = demand.options.guidance == 1 ? 1 : 2
    let side = transformer.sampleSize
    let whole = autoencoder.workingNumbers(
      height: side, width: side, ownKernels: demand.usesOwnKernels)
    let encoding = autoencoder.encodingNumbers(
      height: side, width: side, ownKernels: demand.usesOwnKernels)
    let drawing = MemoryNeeds.Phase(networks: [.denoiser]) { pictures, _ in
      packed.held + packed.mapped + 4 * pictures * estimates * step
    }
    let picture = (demand.size.width * demand.size.height) * 3 * 16
    let decoding = MemoryNeeds.Phase(networks: [.autoencoder]) { pictures, _ in
      pictures * (4 * whole + picture)
    }
    let text = MemoryNeeds.Phase(networks: [.text]) { _, _ in 0 }
    let first = MemoryNeeds.Phase(networks: [.autoencoder]) { _, _ in 4 * encoding }
    let batch =
      [text] + (demand.encodesPicture ? [first] : []) + [drawing, decoding, drawing, decoding]
    return MemoryNeeds(
      networks: [
        .text: try weights("text_encoder", named: "model"), .denoiser: denoiser,
        .autoencoder: try weights("vae"),
      ], phases: batch + (demand.isRepeated ? batch : []), savings: [MemorySaving()])
  }
}
