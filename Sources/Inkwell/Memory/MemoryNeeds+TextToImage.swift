internal import Checkpoints
internal import Foundation
internal import Models

extension ModelFolder {
  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds {
    let transformer: PixArtConfiguration = try readConfiguration(
      from: url.appending(path: "transformer/config.json"))
    return try FlowMemory(
      folder: url, denoiser: "transformer", text: "text_encoder", side: transformer.sampleSize,
      step: transformer.workingNumbers(words: index.about.maximumTokens)
    ).needs(demand)
  }
}

extension PairModelFolder {
  func memory(_ demand: MemoryDemand) throws -> MemoryNeeds {
    let network: UniDiffuserConfiguration = try readConfiguration(
      from: url.appending(path: "unet/config.json"))
    return try FlowMemory(
      folder: url, denoiser: "unet", text: nil, side: network.sampleSize,
      step: network.workingNumbers
    ).needs(demand)
  }
}

/// What drawing with a small model of a flow needs: it has the matrices of its denoiser once more,
/// as the library multiplies with them, while it draws.
struct FlowMemory {
  /// The model's folder.
  let folder: URL
  /// The folder of the network that denoises.
  let denoiser: String
  /// That of the text encoder, if there is one.
  let text: String?
  /// The width and height of the latents.
  let side: Int
  /// The numbers that one evaluation of the denoiser holds for a picture.
  let step: Int

  /// What a run needs.
  func needs(_ demand: MemoryDemand) throws -> MemoryNeeds {
    func weights(_ network: String, named stem: String = "diffusion_pytorch_model") throws
      -> MemoryNeeds.Network
    {
      let file = weightsFile(in: folder.appending(path: network), named: stem)
      return MemoryNeeds.Network(
        weights: WeightMemory.Weight.all(of: try WeightsFile(contentsOf: file)))
    }
    let autoencoder: AutoencoderKLConfiguration = try readConfiguration(
      from: folder.appending(path: "vae/config.json"))
    let network = try weights(denoiser)
    let packed = WeightMemory(network.weights)
    let estimates = demand.options.guidance == 1 ? 1 : 2
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
    let first = MemoryNeeds.Phase(networks: [.autoencoder]) { _, _ in 4 * encoding }
    let reading = text.map { _ in MemoryNeeds.Phase(networks: [.text]) { _, _ in 0 } }
    let batch =
      [reading].compactMap { $0 } + (demand.encodesPicture ? [first] : [])
      + [drawing, decoding, drawing, decoding]
    var networks: [NetworkRole: MemoryNeeds.Network] = [
      .denoiser: network, .autoencoder: try weights("vae"),
    ]
    if let text { networks[.text] = try weights(text, named: "model") }
    return MemoryNeeds(
      networks: networks, phases: batch + (demand.isRepeated ? batch : []),
      savings: [MemorySaving()])
  }
}
