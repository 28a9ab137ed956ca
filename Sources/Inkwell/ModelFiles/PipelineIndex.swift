internal import Foundation
internal import Models

/// A `model_index.json`, which is kept as it is but for the parts that are left out.
struct PipelineIndex: Encodable {
  private var fields: [String: JSONTree]

  /// Reads a file.
  ///
  /// - Throws: `ConfigurationError` for one that is no index, or whose parts are no folders in it.
  init(contentsOf url: URL) throws {
    fields = try readConfiguration(from: url)
    for part in parts where part.hasPrefix(".") || part.contains("/") {
      throw ConfigurationError(
        file: url.path(percentEncoded: false),
        reason: "expected parts with the name of a folder, found \"\(part)\"")
    }
  }

  /// The index of a family's model.
  ///
  /// - Parameters:
  ///   - family: The family.
  ///   - inputs: The channels that the denoiser takes.
  ///   - isContinuous: Whether it was trained on a range of noise levels.
  ///   - parts: The library and the class of every part.
  init(
    _ family: StableDiffusionFamily, inputs: Int, isContinuous: Bool, parts: [String: [String]]
  ) {
    fields = parts.mapValues { .array($0.map { .string($0) }) }
    let none = JSONTree.array([.null, .null])
    fields["_class_name"] = .string(Self.pipeline(family, inputs: inputs))
    fields["feature_extractor"] = none
    if isContinuous, inputs == 8 { fields["is_cosxl_edit"] = .bool(true) }
    if family.isXL {
      fields["image_encoder"] = none
      let isRefiner = family.textEncoders.count == 1
      fields["force_zeros_for_empty_prompt"] = .bool(!isRefiner)
      if isRefiner {
        fields["requires_aesthetics_score"] = .bool(true)
        fields["text_encoder"] = none
        fields["tokenizer"] = none
      }
    } else if !family.isEnlarger {
      fields["safety_checker"] = none
      fields["requires_safety_checker"] = .bool(false)
    }
  }

  /// diffusers' class for what a denoiser with so many channels was trained for.
  private static func pipeline(_ family: StableDiffusionFamily, inputs: Int) -> String {
    let stem = family.isXL ? "StableDiffusionXL" : "StableDiffusion"
    if family.isEnlarger { return "StableDiffusionUpscalePipeline" }
    return switch inputs {
    case 8: "\(stem)InstructPix2PixPipeline"
    case 9: "\(stem)InpaintPipeline"
    case 5: "\(stem)Depth2ImgPipeline"
    default:
      family.textEncoders.count == 1 && family.isXL ? "\(stem)Img2ImgPipeline" : "\(stem)Pipeline"
    }
  }

  /// The folders of the parts.
  var parts: [String] { fields.keys.filter(isPart).sorted() }

  /// The index without the networks whose weights are not among some.
  func keeping(_ networks: Set<String>) -> PipelineIndex {
    var index = self
    for name in parts where isNetwork(name) && !networks.contains(name) {
      index.fields[name] = .array([.null, .null])
    }
    return index
  }

  private func isPart(_ name: String) -> Bool {
    guard case .array(let pair) = fields[name], pair.count == 2 else { return false }
    return pair.allSatisfy { if case .string = $0 { true } else { false } }
  }

  /// Whether a part has weights: all but schedulers, tokenizers, and what prepares pictures.
  private func isNetwork(_ name: String) -> Bool {
    !["scheduler", "tokenizer", "feature_extractor"].contains { name.contains($0) }
  }

  func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
}
