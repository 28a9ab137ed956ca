internal import Diffusion

/// A sampler that a curve is drawn of, by its name.
struct CurveSampler {
  let name: String
  let sampler: any Sampler

  /// The sampler of a name: one of the catalogue, or of those that only curves have.
  ///
  /// These are `ddim:ETA` with a share of fresh noise from 0 to 1, `reverse-diffusion`, the
  /// predictor of Song et al. 2021 without a corrector, `corrector`, its corrector without a
  /// predictor, and `reverse-diffusion-corrector`, both.
  ///
  /// - Throws: `CatalogError`, or ``CurveError``.
  init(_ name: String) throws {
    self.name = name
    if let text = Self.text(of: name, after: "ddim:") {
      guard let eta = Double(text), (0...1).contains(eta) else {
        throw CurveError.value("ddim:ETA", expected: "a share from 0 to 1", found: text)
      }
      sampler = DDIM(eta: eta)
      return
    }
    switch name {
    case "reverse-diffusion":
      sampler = PredictorCorrector(predictor: .reverseDiffusion, corrections: 0)
    case "reverse-diffusion-corrector":
      sampler = PredictorCorrector(predictor: .reverseDiffusion, corrections: 1)
    case "corrector": sampler = PredictorCorrector(predictor: .none, corrections: 1)
    default: sampler = try Samplers.named(name)
    }
  }

  private static func text(of name: String, after prefix: String) -> String? {
    name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
  }
}
