internal import Checkpoints
internal import Diffusion
internal import Foundation
internal import Models

/// What a run reads beside its model: networks that steer the denoiser, make words of pictures or
/// show unfinished ones, and the files of LoRAs.
struct GuestOutline {
  /// The networks, without their numbers.
  private(set) var networks: [NetworkRole: MemoryNeeds.Network] = [:]
  /// What shows unfinished pictures, if not the model's own autoencoder.
  private(set) var previewDecoder: AutoencoderTinyConfiguration?
  private var controlNets: [ControlNetConfiguration] = []
  private var adapters = 0
  private var encoders: [CLIPVisionConfiguration] = []
  /// The words of all pictures.
  private var imageWords = 0
  private var masks = 0
  private var loraBytes = 0
  /// The bytes of LoRAs in float32.
  private(set) var changes = 0
  private let unet: UNet2DConditionConfiguration

  typealias Phase = MemoryNeeds.Phase

  /// - Parameters:
  ///   - demand: What the run asks for.
  ///   - unet: The sizes of its denoiser.
  /// - Throws: What is wrong with a file.
  init(_ demand: MemoryDemand, of unet: UNet2DConditionConfiguration) throws {
    self.unet = unet
    for control in demand.options.controls ?? [] { try add(control) }
    var known: Set<String> = []
    for prompt in demand.options.imagePrompts ?? [] { try add(prompt, &known) }
    for lora in demand.options.loras ?? [] where lora.weight != 0 {
      let file = try WeightsFile(contentsOf: URL(filePath: lora.path))
      loraBytes += file.entries.reduce(0) { $0 + $1.byteCount }
      changes += file.entries.reduce(0) { $0 + 4 * $1.shape.reduce(1, *) }
    }
    if let folder = demand.previewDecoder {
      let file = folder.appending(path: "config.json")
      previewDecoder = try readConfiguration(from: file) as AutoencoderTinyConfiguration
      try add(.previewDecoder, weightsFile(in: folder))
    }
  }

  private mutating func add(_ role: NetworkRole, _ file: URL, isPassing: Bool = false) throws {
    let weights = WeightMemory.Weight.all(of: try WeightsFile(contentsOf: file))
    let former = networks[role]?.weights ?? []
    networks[role] = MemoryNeeds.Network(
      weights: former + weights, rests: false, isPassing: isPassing)
  }

  private mutating func add(_ control: Generate.Control) throws {
    let folder = URL(filePath: control.model, directoryHint: .isDirectory)
    switch try ControlKind(of: folder) {
    case .controlNet:
      controlNets.append(try readConfiguration(from: folder.appending(path: "config.json")))
    case .adapter: adapters += 1
    }
    try add(.guides, weightsFile(in: folder))
  }

  private mutating func add(_ prompt: Generate.ImagePrompt, _ known: inout Set<String>) throws {
    let adapter = URL(filePath: prompt.adapter)
    let folder = prompt.encoderFolder
    let sizes: CLIPVisionConfiguration = try readConfiguration(
      from: folder.appending(path: "config.json"))
    if known.insert(folder.path(percentEncoded: false)).inserted {
      encoders.append(sizes)
      try add(.imageEncoders, weightsFile(in: folder, named: "model"), isPassing: true)
    }
    if known.insert(prompt.adapter).inserted { try add(.imageAdapters, adapter) }
    let shapes = Dictionary(
      uniqueKeysWithValues: try WeightsFile(contentsOf: adapter).entries.map { ($0.name, $0.shape) }
    )
    do {
      imageWords += try IPAdapter.outline(shapes).words ?? sizes.patches + 1
    } catch {
      // Reading the adapter says with its file what is wrong with it.
    }
    if prompt.mask != nil { masks += 1 }
  }

  /// What is done while files are read: LoRAs change weights, and pictures become words.
  var reading: [Phase] {
    var phases: [Phase] = []
    if loraBytes > 0 {
      // A weight, the product that changes it, and their sum.
      let bytes = loraBytes
      phases.append(Phase(networks: [], working: { _, _ in bytes + 3 * Self.largestChange }))
    }
    if !encoders.isEmpty {
      let numbers = encoders.map(\.workingNumbers).max() ?? 0
      phases.append(
        Phase(networks: [.imageEncoders, .imageAdapters], working: { _, _ in 4 * numbers }))
    }
    return phases
  }

  /// The bytes of a large matrix of Stable Diffusion in float32.
  private static let largestChange = 60_000_000

  /// ControlNets look at their pictures, at the pictures' size.
  func looking(_ size: PictureSize) -> [Phase] {
    let widths = controlNets.compactMap(\.conditioningEmbeddingOutChannels.first)
    guard let width = widths.max() else { return [] }
    let numbers = 6 * width * size.width * size.height
    return [Phase(networks: [.guides], working: { _, _ in 4 * numbers })]
  }

  /// The numbers that are added at a step for each estimate.
  ///
  /// - Parameter latents: The height and width of the latents.
  /// - Returns: What ControlNets and T2I-Adapters hand over, and the words of pictures.
  func numbers(at latents: (height: Int, width: Int)) -> Int {
    let skips = unet.encoder.skipNumbers(height: latents.height, width: latents.width)
      .reduce(0, +)
    // What several add is summed, and for a moment both are there.
    let residuals = controlNets.isEmpty ? 0 : (controlNets.count > 1 ? 3 : 1) * skips
    let features =
      adapters == 0
      ? 0
      : unet.encoder.adapterShapes(height: latents.height, width: latents.width)
        .reduce(0) { $0 + $1.reduce(1, *) }
    return residuals + features + unet.promptNumbers(imageWords)
  }

  /// How many windows see something of their own.
  func sets(_ whole: (height: Int, width: Int), _ window: (height: Int, width: Int)) -> Int {
    guard !controlNets.isEmpty || adapters > 0 || masks > 0, whole != window else { return 1 }
    return WindowGrid(
      height: whole.height, width: whole.width, windowHeight: window.height,
      windowWidth: window.width
    ).windows.count
  }
}
