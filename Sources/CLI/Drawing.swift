internal import ArgumentParser
internal import Inkwell

/// How pictures of prompts are made.
struct Drawing: ParsableArguments {
  @Option(help: "Steps: more take longer and are more exact (default: the model's).")
  var steps: Int?

  @Option(help: "How closely to follow the prompt; 1 is off (default: the model's).")
  var guidance: Double?

  @Option(help: "What not to draw.")
  var negative: String?

  @Option(help: "The sampler's name (default: the model's).")
  var sampler: String?

  @Option(
    help: """
      Which timesteps to visit, by name, such as karras (default: the model's). For models of a \
      chain of timesteps, as Stable Diffusion is.
      """)
  var spacing: String?

  @Option(
    help: """
      How much of the contrast that guidance adds to take away again, 0 to 1 (default: the \
      model's).
      """)
  var guidanceRescale: Double?

  @Option(help: "The share of the steps before which guidance is off (default: 0).")
  var guidanceStart: Double?

  @Option(
    help: """
      The share of the steps after which guidance is off (default: 1). A step without guidance \
      takes half the time.
      """)
  var guidanceEnd: Double?

  @Option(
    help: """
      How many of the last layers of CLIP's text encoder to leave out (default: none). It is \
      diffusers' number, one less than in AUTOMATIC1111's web UI.
      """)
  var clipSkip: Int?

  @Option(
    help: """
      Width and height in pixels, such as 512 or 768x512 (default: the model's). Stable Diffusion \
      draws at any multiple of 8; a model of one size draws at its own, and is resampled from \
      that by Lanczos' kernel.
      """, transform: PictureSize.argument)
  var size: PictureSize?

  @Option(
    help: """
      Draw in overlapping windows of this size, such as 512, whose seams do not show (default: the \
      whole at once). For Stable Diffusion.
      """, transform: PictureSize.argument)
  var window: PictureSize?

  @Option(
    help: """
      Compute all of the denoiser in every so many steps only, 2 or more, and keep what its deep \
      blocks do in between: faster, and a little different; 1 computes all in every step (default: the \
      model's with its own sampler and steps, or 1).
      """)
  var cacheInterval: Int?

  @Option(
    help: ArgumentHelp(
      """
      Instead compute it all where what the deep blocks are given has changed by more than this \
      share, such as 0.1; pictures are then drawn one at a time.
      """, valueName: "share"))
  var cacheThreshold: Double?

  @Flag(help: "Keep what the whole network answers, and not only its deep blocks.")
  var cacheWhole = false

  @Option(help: "Foresee it by a polynomial of this degree, 0 to 3 (default: 0, keep it).")
  var cacheOrder: Int?

  @Option(help: "So many more blocks to compute in every step (default: 0).")
  var cacheDepth: Int?

  @Option(
    help: ArgumentHelp(
      """
      Merge this share of the finest tokens, up to 0.75, while they attend to one another: faster, \
      and a little different. For Stable Diffusion.
      """, valueName: "share"))
  var mergeTokens: Double?

  @Option(
    help: """
      What the denoiser and the autoencoder compute with: float32; bfloat16, which takes half the \
      memory of weights and, on a processor that multiplies such numbers, a fraction of the time; or \
      int8, for processors with AMX. Pictures differ a little (default: float32).
      """, transform: Precision.argument)
  var precision: Precision?

  @Option(
    help: """
      Then draw the picture again at this size, or so many times as large, such as 1024x768 or 1.5. \
      For Stable Diffusion.
      """, transform: PictureTarget.argument)
  var hires: PictureTarget?

  @Option(help: "How far to go from the enlarged picture: above 0 up to 1 (default: 0.55).")
  var hiresStrength: Double?

  @Flag(help: "Enlarge the picture for --hires by Lanczos' kernel, not its latents.")
  var hiresPixels = false

  @Option(
    help: """
      The folder or the file of a model that makes the last steps, such as the refiner of Stable \
      Diffusion XL.
      """, completion: .file())
  var refiner: String?

  @Option(help: "The share of the run after which the refiner takes over (default: 0.8).")
  var refineFrom: Double?

  @Option(
    help: """
      The folder of a model that makes the picture twice as wide and high before it is decoded, such \
      as Stable Diffusion's x2 latent upscaler.
      """, completion: .directory)
  var upscaler: String?

  @Option(help: "The steps of the upscaler (default: 20).")
  var upscalerSteps: Int?

  @Option(
    help: ArgumentHelp(
      """
      The folder of a ControlNet or a T2I-Adapter and the picture that it goes by, as large as \
      what is drawn. Repeatable. For Stable Diffusion.
      """, valueName: "folder=picture"), transform: ControlPicture.init)
  var control: [ControlPicture] = []

  @Option(help: "How much each --control counts, in their order (default: 1).")
  var controlScale: [Double] = []

  @Option(help: "The share of the steps before which each --control does not steer (default: 0).")
  var controlStart: [Double] = []

  @Option(help: "The share of the steps after which each --control does not (default: 1).")
  var controlEnd: [Double] = []

  @OptionGroup var images: ImagePrompting

  @Option(
    help: ArgumentHelp(
      """
      A LoRA in any dialect, and how much of it after an equals sign (default: 1). Repeatable. For \
      Stable Diffusion.
      """, valueName: "file=weight"), transform: Generate.Adapter.argument)
  var lora: [Generate.Adapter] = []

  @Option(
    help: ArgumentHelp(
      """
      An autoencoder in place of the model's own: a folder in diffusers' layout, or a file of \
      weights. For Stable Diffusion.
      """, valueName: "path"), completion: .file())
  var vae: String?

  @Option(
    help: ArgumentHelp(
      """
      A text encoder in place of the model's own: a folder, or a file of weights. Repeatable, for \
      the second one of SDXL. For Stable Diffusion.
      """, valueName: "path"), completion: .file())
  var textEncoder: [String] = []

  @Option(
    help: "A word with vectors of its own (textual inversion). Repeatable. For Stable Diffusion.",
    completion: .file())
  var embedding: [String] = []

  @Option(
    help: """
      How the signs of prompts are read: plain, a1111 for (word:1.2) as in AUTOMATIC1111's web UI, \
      or compel for word++ (default: plain). For Stable Diffusion.
      """, transform: Generate.PromptSyntax.argument)
  var syntax: Generate.PromptSyntax?

  @Option(
    help: ArgumentHelp(
      """
      A prompt to mix with, and how much it counts after an equals sign (default: 0.5); the prompt \
      counts the rest of 1. Repeatable. For Stable Diffusion.
      """, valueName: "prompt=weight"), transform: Generate.Blend.argument)
  var blend: [Generate.Blend] = []

  @Option(
    help: "How to mix prompts: linear, or slerp along an arc, for two (default: linear).",
    transform: Generate.Blending.argument)
  var blending: Generate.Blending?

  @Option(
    help: """
      Make edges meet, so that pictures can be laid beside each other without a seam: x for left \
      and right, y for top and bottom, or both. For Stable Diffusion.
      """, transform: Generate.Tile.argument)
  var tile: Generate.Tile?

  func validate() throws {
    for (name, values) in [
      ("scale", controlScale), ("start", controlStart), ("end", controlEnd),
    ] where values.count > control.count {
      throw ValidationError("Give no more --control-\(name) than --control.")
    }
    guard hires != nil || (hiresStrength == nil && !hiresPixels) else {
      throw ValidationError("Give --hires too.")
    }
    guard cacheInterval == nil || cacheThreshold == nil else {
      throw ValidationError("Give --cache-interval or --cache-threshold, not both.")
    }
    guard cache != nil || (cacheOrder == nil && cacheDepth == nil && !cacheWhole) else {
      throw ValidationError("Give --cache-interval or --cache-threshold too.")
    }
    guard refiner != nil || refineFrom == nil else {
      throw ValidationError("Give --refiner too.")
    }
    guard upscaler != nil || upscalerSteps == nil else {
      throw ValidationError("Give --upscaler too.")
    }
  }

  /// What is asked for.
  var options: Generate.Options {
    var options = Generate.Options(
      steps: steps, guidance: guidance, negative: negative, sampler: sampler, size: size)
    options.spacing = spacing
    options.guidanceRescale = guidanceRescale
    options.guidanceStart = guidanceStart
    options.guidanceEnd = guidanceEnd
    options.clipSkip = clipSkip
    options.controls = controls
    options.imagePrompts = images.prompts
    options.loras = lora.isEmpty ? nil : lora
    options.embeddings = embedding.isEmpty ? nil : embedding
    options.vae = vae
    options.textEncoders = textEncoder.isEmpty ? nil : textEncoder
    options.syntax = syntax
    options.window = window
    options.cache = cache
    options.mergedTokens = mergeTokens
    options.precision = precision
    options.hires = hires.map {
      Generate.SecondPass(
        to: $0, strength: hiresStrength ?? 0.55, enlarging: hiresPixels ? .pixels : .latents)
    }
    options.refiner = refiner.map { Generate.Refiner(model: $0, from: refineFrom ?? 0.8) }
    options.upscaler = upscaler.map { Generate.Upscaler(model: $0, steps: upscalerSteps) }
    options.blends = blend.isEmpty ? nil : blend
    options.blending = blending
    options.tile = tile
    return options
  }
}

extension Drawing {
  /// What is not computed in every step; nothing if all is.
  private var cache: Generate.StepCache? {
    let kept: Generate.StepCache.Kept? = cacheWhole ? .whole : nil
    return cacheInterval.map {
      .init(interval: $0, order: cacheOrder, depth: cacheDepth, kept: kept)
    }
      ?? cacheThreshold.map {
        .init(threshold: $0, order: cacheOrder, depth: cacheDepth, kept: kept)
      }
  }

  /// What steers the pictures; none if nothing does.
  private var controls: [Generate.Control]? {
    guard !control.isEmpty else { return nil }
    return control.enumerated().map { index, found in
      func own(_ values: [Double]) -> Double? {
        values.indices.contains(index) ? values[index] : nil
      }
      var control = Generate.Control(
        model: found.folder, picture: found.picture, scale: own(controlScale) ?? 1)
      (control.start, control.end) = (own(controlStart), own(controlEnd))
      return control
    }
  }
}

/// A folder and a picture with an equals sign between them.
struct ControlPicture {
  let folder: String
  let picture: String

  init(_ text: String) throws {
    guard let sign = text.lastIndex(of: "="), sign != text.startIndex else {
      throw ValidationError("expected FOLDER=PICTURE, found \"\(text)\"")
    }
    folder = String(text[..<sign])
    picture = String(text[text.index(after: sign)...])
  }
}

/// An option that is one of several words.
protocol WordOption: RawRepresentable<String>, CaseIterable {}

extension Generate.PromptSyntax: WordOption {}
extension Generate.Blending: WordOption {}
extension Generate.Tile: WordOption {}
extension Engine: WordOption {}
extension Precision: WordOption {}

extension WordOption {
  /// What an argument names.
  static func argument(_ text: String) throws -> Self {
    guard let word = Self(rawValue: text) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("expected one of \(names), found \"\(text)\"")
    }
    return word
  }
}

extension Generate.Blend {
  /// The prompt and the weight that an argument says.
  static func argument(_ text: String) throws -> Generate.Blend {
    guard let sign = text.lastIndex(of: "="), let weight = Double(text[text.index(after: sign)...])
    else { return Generate.Blend(prompt: text) }
    return Generate.Blend(prompt: String(text[..<sign]), weight: weight)
  }
}

extension Generate.Adapter {
  /// The file and the weight that an argument says.
  static func argument(_ text: String) throws -> Generate.Adapter {
    guard let sign = text.lastIndex(of: "="), let weight = Double(text[text.index(after: sign)...])
    else { return Generate.Adapter(path: text) }
    return Generate.Adapter(path: String(text[..<sign]), weight: weight)
  }
}

extension PictureSize {
  /// The size that an argument says.
  static func argument(_ text: String) throws -> PictureSize {
    guard let size = PictureSize(text) else {
      throw ValidationError("expected a size such as 512 or 768x512, found \"\(text)\"")
    }
    return size
  }
}
