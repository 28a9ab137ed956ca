internal import Foundation

extension Generate {
  /// A second pass that draws the picture larger, "hires fix" in AUTOMATIC1111's web UI.
  public struct SecondPass: Codable, Sendable, Hashable {
    /// What is enlarged.
    public enum Enlarged: String, Codable, Sendable, Hashable, CaseIterable {
      /// The latents, by linear interpolation: what is between them looks soft, and asks for a
      /// strength of 0.5 or more.
      case latents
      /// The picture, by Lanczos' kernel.
      case pixels
    }

    /// How large the picture becomes.
    public var target: PictureTarget
    /// The share of the steps that are made again, in (0, 1].
    public var strength: Double
    /// What is enlarged.
    public var enlarged: Enlarged

    /// Describes a second pass.
    public init(
      to target: PictureTarget, strength: Double = 0.55, enlarging enlarged: Enlarged = .latents
    ) {
      self.target = target
      self.strength = strength
      self.enlarged = enlarged
    }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      try target.validate()
      guard strength > 0, strength <= 1 else {
        throw .value("hires strength", expected: "above 0 up to 1", found: "\(strength)")
      }
    }
  }

  /// A model that makes the last steps of another's pictures, such as SDXL's refiner.
  public struct Refiner: Codable, Sendable, Hashable {
    /// The path of the model's folder, or of a file of weights.
    public var model: String
    /// The share of the chain's timesteps after which it takes over, above 0 and below 1.
    ///
    /// Balaji et al. 2022, https://arxiv.org/abs/2211.01324; diffusers' `denoising_end` and
    /// `denoising_start`.
    public var from: Double

    /// Names a model.
    public init(model: String, from: Double = 0.8) {
      self.model = model
      self.from = from
    }

    /// Throws ``GenerateError`` for a value outside its range.
    func validate() throws(GenerateError) {
      guard from > 0, from < 1 else {
        throw .value("refine from", expected: "above 0 and below 1", found: "\(from)")
      }
    }
  }
}
