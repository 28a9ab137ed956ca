internal import Models

extension MemoryNeeds {
  /// What drawing with a Stable Diffusion model needs.
  ///
  /// - Parameters:
  ///   - model: The model, with what options change of it.
  ///   - demand: What the run asks of it.
  /// - Throws: What is wrong with the files of a ControlNet, an IP-Adapter or a refiner.
  init(_ model: StableDiffusionOutline, _ demand: MemoryDemand) throws {
    let guests = try GuestOutline(demand, of: model.unet)
    let refiner = try demand.options.refiner?.companion.outline()
    let upscaler = demand.options.upscaler?.companion
    let larger = try upscaler?.outline()
    var networks = guests.networks
    for (outline, roles) in [(model, .own), (refiner, .refiner), (larger, .upscaler)]
      as [(StableDiffusionOutline?, ModelRoles)]
    {
      guard let outline else { continue }
      networks[roles.text] = Network(weights: outline.textWeights)
      networks[roles.denoiser] = Network(weights: outline.weights["unet"] ?? [])
      networks[roles.autoencoder] = Network(weights: outline.weights["vae"] ?? [])
    }
    let run = DrawnPhases(model: model, refiner: refiner, guests: guests, demand: demand)
    var batch = run.batch
    if let larger, let upscaler {
      let enlarged = try demand.enlarged(in: upscaler.nativeSize)
      batch +=
        DrawnPhases(
          model: larger, roles: .upscaler, refiner: nil,
          guests: try GuestOutline(enlarged, of: larger.unet), demand: enlarged
        ).batch
    }
    self.init(
      networks: networks, phases: guests.reading + batch + (demand.isRepeated ? batch : []))
    guard guests.changes > 0 else { return }
    changes = guests.changes
    savings = MemorySaving.all(changes: demand.changesInUse ? [true] : [false, true])
  }
}

/// What the networks of a model are in a run.
private struct ModelRoles {
  let text: NetworkRole
  let denoiser: NetworkRole
  let autoencoder: NetworkRole

  static let own = ModelRoles(text: .text, denoiser: .denoiser, autoencoder: .autoencoder)
  static let refiner = ModelRoles(
    text: .refinerText, denoiser: .refiner, autoencoder: .refinerAutoencoder)
  static let upscaler = ModelRoles(
    text: .upscalerText, denoiser: .upscaler, autoencoder: .upscalerAutoencoder)
}

/// The phases in which a Stable Diffusion model draws.
private struct DrawnPhases {
  let model: StableDiffusionOutline
  var roles = ModelRoles.own
  let refiner: StableDiffusionOutline?
  let guests: GuestOutline
  let demand: MemoryDemand

  typealias Phase = MemoryNeeds.Phase

  /// The phases of a batch.
  var batch: [Phase] {
    var phases = texts
    if demand.encodesPicture { phases.append(encoding(demand.size) { _ in 1 }) }
    phases += pass(demand.size)
    if let second = demand.secondSize {
      if demand.options.hires?.enlarged == .pixels {
        phases += [decoding(demand.size), encoding(second) { $0 }]
      }
      phases += pass(second)
    }
    // What is enlarged is decoded then.
    if demand.options.upscaler == nil {
      phases.append(decoding(demand.secondSize ?? demand.size))
    }
    if demand.explains { phases.append(explaining) }
    return phases
  }

  private var texts: [Phase] {
    [(roles.text, model.text), (.refinerText, refiner?.text ?? [])].map { role, encoders in
      let numbers = encoders.reduce(0) { $0 + $1.workingNumbers }
      return Phase(networks: [role], working: { _, _ in 4 * numbers })
    }
  }

  /// The steps at a size, and looks at what is unfinished in between.
  private func pass(_ size: PictureSize) -> [Phase] {
    let drawing = steps(
      size, of: model.unet, by: [roles.denoiser, .guides, .imageAdapters],
      estimates: demand.estimates(model.unet), guests.numbers(at: latents(size)))
    let look = looking(size)
    let phases = guests.looking(size) + [drawing, look, drawing]
    guard let refiner else { return phases }
    let late = steps(
      size, of: refiner.unet, by: [.refiner], estimates: demand.estimates(refiner.unet), 0)
    return phases + [late, look, late]
  }

  /// Steps of a U-Net.
  ///
  /// - Parameters:
  ///   - size: The size of the pictures.
  ///   - unet: The U-Net.
  ///   - networks: What runs.
  ///   - estimates: The estimates of each picture.
  ///   - more: The numbers that guests add for each of them.
  /// - Returns: The phase.
  private func steps(
    _ size: PictureSize, of unet: UNet2DConditionConfiguration, by networks: [NetworkRole],
    estimates: Int, _ more: Int
  ) -> Phase {
    let seen = latents(demand.options.window.map { size.clamped(to: $0) } ?? size)
    let step = unet.workingNumbers(height: seen.height, width: seen.width, words: demand.words)
    // What of a prompt is the same at every step is there for each window and each text.
    let others =
      (guests.sets(latents(size), seen) * demand.variants - 1)
      * unet.promptNumbers(demand.words)
    let heat = demand.explains ? unet.heatNumbers(height: seen.height, width: seen.width) : 0
    let kept = keptSteps(size)
    return Phase(networks: networks) { pictures, _ in
      4 * pictures * (estimates * (step + more + others) + heat) + pictures * kept
    }
  }

  /// The bytes of the pictures of the steps that an explanation keeps.
  private func keptSteps(_ size: PictureSize) -> Int {
    demand.explains ? (demand.options.steps ?? 0) * size.width * size.height * 3 : 0
  }

  /// Unfinished pictures become visible.
  private func looking(_ size: PictureSize) -> Phase {
    let shown = demand.explains
    let whole = decoding(size)
    let kept = keptSteps(size)
    guard let tiny = guests.previewDecoder else {
      return Phase(networks: whole.networks) { pictures, saving in
        whole.working(shown ? pictures : 1, saving) + pictures * kept
      }
    }
    let numbers = tiny.workingNumbers(height: size.height, width: size.width)
    return Phase(networks: [.previewDecoder]) { pictures, _ in
      4 * (shown ? pictures : 1) * numbers + pictures * kept
    }
  }

  private func decoding(_ size: PictureSize) -> Phase {
    let (height, width) = latents(size)
    let whole = model.autoencoder.workingNumbers(
      height: height, width: width, ownKernels: demand.usesOwnKernels)
    let strips = model.autoencoder.workingNumbers(height: height, width: width, strip: strip)
    // A picture as numbers and as bytes, while it is converted and written.
    let picture = size.width * size.height * 3 * 16
    return Phase(networks: [roles.autoencoder]) { pictures, saving in
      4 * (saving.inStrips ? strips : pictures * whole) + pictures * picture
    }
  }

  private func encoding(
    _ size: PictureSize, of count: @escaping @Sendable (_ pictures: Int) -> Int
  ) -> Phase {
    let (height, width) = latents(size)
    let whole = model.autoencoder.encodingNumbers(
      height: height, width: width, ownKernels: demand.usesOwnKernels)
    let strips = model.autoencoder.encodingNumbers(height: height, width: width, strip: strip)
    let picture = size.width * size.height * 3 * 16
    return Phase(networks: [roles.autoencoder]) { pictures, saving in
      4 * (saving.inStrips ? strips : count(pictures) * whole) + count(pictures) * picture
    }
  }

  /// Strips are cut where edges do not meet.
  private var strip: Int? { demand.options.tile == nil ? AutoencoderKL.standardStrip : nil }

  /// The maps of words are enlarged to the latents' size, a layer after the other.
  private var explaining: Phase {
    let (height, width) = latents(demand.size)
    let maps = demand.words * height * width
    let kept = keptSteps(demand.size)
    return Phase(networks: []) { pictures, _ in pictures * (4 * 4 * maps + kept) }
  }

  private func latents(_ size: PictureSize) -> (height: Int, width: Int) {
    let unit = model.autoencoder.reduction
    return (size.height / unit, size.width / unit)
  }
}

extension PictureSize {
  /// The size, no wider or higher than another.
  fileprivate func clamped(to other: PictureSize) -> PictureSize {
    PictureSize(width: min(width, other.width), height: min(height, other.height))
  }
}
