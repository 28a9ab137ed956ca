internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A loaded pixel model that makes the pictures of one request.
struct SampleMaker: PictureMaker {
  let request: Sample.Request
  private let model: PixelModel
  private let name: String
  private let settings: PixelSettings
  private let sampler: any Sampler
  private let schedule: any NoiseSchedule
  private let levels: [NoiseLevel]
  private let labels: [PixelLabel]

  /// Prepares the pictures of a request.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - model: The model.
  ///   - name: Its own name, for the pictures' files.
  /// - Throws: What is wrong with the request for this model.
  init(request: Sample.Request, model: PixelModel, name: String) throws {
    self.request = request
    self.model = model
    self.name = name
    settings = request.options.settings(over: model.about.settings)
    try settings.validate()
    let wanted: [String?] = request.labels.isEmpty ? [nil] : request.labels
    labels = try wanted.map { try model.label($0) }
    sampler = try Self.sampler(settings.sampler, for: model.scheduler)
    schedule = try model.scheduler.process.schedule(
      spacing: settings.spacing.map { try Spacings.named($0) })
    levels = try Self.levels(settings.steps, of: schedule, for: model.scheduler)
    _ = try model.denoiser([labels[0]], over: schedule, settings)
  }

  /// The sampler of a name, which must take the network's answers for what they are.
  private static func sampler(_ name: String, for scheduler: PixelScheduler) throws -> any Sampler {
    let sampler = try Samplers.named(name)
    let target: DenoiserTarget = scheduler.output == .consistency ? .flowEnd : .mean
    guard sampler.target == target else {
      let fitting = Samplers.all.filter { $0.item.target == target }.map(\.name)
      throw SampleError.value(
        "sampler", expected: "one for this kind of model, such as \(fitting[0])", found: name)
    }
    return sampler
  }

  /// The levels of so many steps.
  ///
  /// A consistency model answers `x` itself at the process's last level, which is left out; so are
  /// the levels that it has not learned.
  static func levels(
    _ steps: Int, of schedule: any NoiseSchedule, for scheduler: PixelScheduler
  ) throws -> [NoiseLevel] {
    guard scheduler.output == .consistency else { return try schedule.levels(steps) }
    guard let least = scheduler.leastSigma else {
      return try schedule.levels(steps + 1).dropLast(2) + [.clean]
    }
    let first = try schedule.levels(1)[0]
    return try KarrasSchedule(sigmaMin: least, sigmaMax: first.karrasSigma).levels(steps)
      .map { $0.sigma > 0 ? schedule.path.level($0) : $0 }
  }

  func images(
    _ slots: [Int], onStep: (SamplingStep) throws -> Void
  ) throws -> [Image] {
    let noise = NoiseSource(seeds: slots.map { request.seed(of: $0) })
    let x = noise.normal(model.sampleShape)
    let start = x * schedule.path.priorScale(at: levels[0])
    let denoiser = try model.denoiser(
      slots.map { labels[$0 / request.count] }, over: schedule, settings)
    return try decoder(sample(start, denoiser, noise, onStep))
  }

  private func sample(
    _ x: Tensor, _ denoiser: some Denoiser, _ noise: NoiseSource,
    _ onStep: (SamplingStep) throws -> Void
  ) throws -> Tensor {
    try sampler.sample(x, over: levels, denoiser: denoiser, noise: noise, onStep: onStep)
  }

  var decoder: @Sendable (Tensor) throws -> [Image] {
    { [model, isRelief = request.relief ?? false] in try model.pictures($0, asRelief: isRelief) }
  }

  func request(of index: Int) throws -> Sample.Request {
    try request.request(of: index, model: name, settings: settings)
  }
}

extension PixelModel {
  /// The pictures of samples, `[batch, channels, height, width]`.
  ///
  /// - Parameters:
  ///   - samples: The samples.
  ///   - isRelief: Whether grey pictures are shown as hills.
  /// - Returns: The pictures, at the model's own size.
  /// - Throws: What decoding throws, or an error where a number is not finite.
  func pictures(_ samples: Tensor, asRelief isRelief: Bool = false) throws -> [Image] {
    let decoded = try checked {
      withoutGradients {
        let pixels = autoencoder.map { $0.decode($0.unscaled(samples)) } ?? samples
        let whole = about.patchSize == 1 ? pixels : pixels.pixelShuffled(about.patchSize)
        guard channels == 1 else { return whole }
        return (isRelief ? relief(whole) : whole).expanded(-1, 3, -1, -1)
      }
    }
    guard try checked({ decoded.isFinite().all().item() }) == 1 else { throw DecodingFailure() }
    return try (0..<decoded.shape[0]).map {
      try Image(tensor: decoded.selected(dim: 0, index: $0))
    }
  }
}

/// Heights as hills that are lit from the upper left at 45°.
///
/// - Parameter heights: `[batch, 1, height, width]`, whose range of [-1, 1] is 64 pixels high.
/// - Returns: The brightness in [-1, 1], in the same shape: Lambert's cosine.
func relief(_ heights: Tensor) -> Tensor {
  let (rows, columns) = (heights.shape[2], heights.shape[3])
  let z = heights.clamped(min: -1, max: 1).padded([1, 1, 1, 1], mode: "replicate") * 32
  func slope(dim: Int) -> Tensor {
    let middle = z.narrowed(dim: 5 - dim, start: 1, length: dim == 3 ? rows : columns)
    let length = dim == 3 ? columns : rows
    return
      (middle.narrowed(dim: dim, start: 2, length: length)
      - middle.narrowed(dim: dim, start: 0, length: length)) / 2
  }
  let (right, down) = (slope(dim: 3), slope(dim: 2))
  let facing = (right + down) / 2 + 0.5.squareRoot()
  let cosine = facing / (right * right + down * down + 1).squareRoot()
  return cosine.clamped(min: 0) * 2 - 1
}
