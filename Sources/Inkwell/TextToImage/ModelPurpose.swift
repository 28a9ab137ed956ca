internal import Models

/// What a model that makes pictures was trained for, which decides what it has to be told.
enum ModelPurpose: Sendable, CaseIterable {
  /// To draw after a prompt.
  case drawing
  /// To be told which part is drawn anew.
  case inpainting
  /// To see a picture, and be told what is to be done to it.
  case editing
  /// To see how far away everything is.
  case depth
  /// To see a smaller picture.
  case enlarging
  /// To see the latents of a smaller picture.
  case enlargingLatents
  /// To finish what another model began.
  case refining

  /// What a U-Net of these sizes is for; nothing if it cannot be run.
  ///
  /// - Parameters:
  ///   - sizes: The U-Net's.
  ///   - latents: The channels of the latents.
  ///   - pooledChannels: The channels of the vector of the whole prompt.
  init?(_ sizes: UNet2DConditionConfiguration, latents: Int, pooledChannels: Int) {
    let extra = sizes.encoder.inChannels - latents
    guard !sizes.encoder.isAdaptive || extra == latents else { return nil }
    switch extra {
    case 0:
      let (told, scored) = (sizes.encoder.additionEmbedding, 5)
      let isScored = told.map { $0.inputs == pooledChannels + scored * $0.timeChannels } ?? false
      self = isScored ? .refining : .drawing
    case 1: self = .depth
    case 3: self = .enlarging
    case latents: self = sizes.encoder.isAdaptive ? .enlargingLatents : .editing
    case latents + 1: self = .inpainting
    default: return nil
    }
  }

  /// What it is for, in a few words.
  private var words: String {
    switch self {
    case .drawing: "drawing"
    case .inpainting: "inpainting"
    case .editing: "editing by instructions"
    case .depth: "drawing after depths"
    case .enlarging: "enlarging"
    case .enlargingLatents: "enlarging latents"
    case .refining: "refining"
    }
  }

  /// What runs it.
  private var command: String {
    switch self {
    case .drawing: "inkwell generate"
    case .inpainting: "inkwell inpaint"
    case .editing: "inkwell edit"
    case .depth: "inkwell vary --depth"
    case .enlarging, .enlargingLatents: "inkwell enlarge"
    case .refining: "inkwell generate --refiner"
    }
  }

  /// The purposes of models that can begin with something.
  private static func fitting(_ start: RedrawStart?) -> [ModelPurpose] {
    guard let start else { return [.drawing] }
    switch start.told {
    case .instruction: return [.editing]
    case .depth: return [.depth]
    case .enlargement(let enlargement):
      return enlargement.noiseLevel == nil
        ? [.enlarging, .enlargingLatents, .drawing] : [.enlarging]
    case nil: return start.mask == nil ? [.drawing, .refining] : [.drawing, .inpainting]
    }
  }

  /// Throws ``GenerateError`` unless a model of this purpose can finish what another began.
  func check(asRefiner model: String) throws(GenerateError) {
    guard self != .refining, self != .drawing else { return }
    throw .value(
      "refiner", expected: "a model for refining or drawing",
      found: "\(model), one for \(words), which `\(command)` uses")
  }

  /// Throws ``GenerateError`` unless a model of this purpose can enlarge the latents of another.
  func check(asUpscaler model: String) throws(GenerateError) {
    guard self != .enlargingLatents else { return }
    throw .value(
      "upscaler", expected: "a model for enlarging latents",
      found: "\(model), one for \(words), which `\(command)` uses")
  }

  /// Throws ``GenerateError`` unless a model of this purpose can begin with something.
  func check(_ start: RedrawStart?) throws(GenerateError) {
    let fitting = Self.fitting(start)
    guard !fitting.contains(self) else { return }
    throw .value(
      "model", expected: "one for \(fitting.map(\.words).joined(separator: " or "))",
      found: "one for \(words), which `\(command)` uses")
  }
}
