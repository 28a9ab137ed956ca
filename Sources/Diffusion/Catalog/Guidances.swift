/// The guidance rules for a denoiser with a condition and one without, by name.
public enum Guidances {
  /// A rule for a guidance scale, where 1 is off, and for the levels that a run goes through.
  public typealias Make = @Sendable (_ scale: Double, _ levels: [NoiseLevel]) -> any Guidance

  /// Every rule and how it is made.
  public static let all: [CatalogEntry<Make>] = [
    CatalogEntry(name: "cfg", summary: "classifier-free") { scale, _ in
      LinearGuidance(scale: scale)
    },
    CatalogEntry(name: "cfg-rescaled", summary: "keeping the conditional contrast") { scale, _ in
      RescaledGuidance(LinearGuidance(scale: scale))
    },
    CatalogEntry(name: "cfg-interval", summary: "in the middle half of the run") { scale, levels in
      IntervalGuidance(
        LinearGuidance(scale: scale), above: levels[3 * (levels.count - 1) / 4].karrasSigma,
        upTo: levels[(levels.count - 1) / 4].karrasSigma)
    },
    CatalogEntry(
      name: "cfg-plus-plus", summary: "with the unconditional noise; scales up to 1, 0 is off"
    ) { scale, levels in
      PlusPlusGuidance(scale: scale, levels: levels)
    },
    CatalogEntry(name: "cfg-zero-star", summary: "for flows, without a first step") {
      ZeroStarGuidance(scale: $0, zeroDownTo: $1.first)
    },
    CatalogEntry(name: "apg", summary: "adaptive projected, with momentum") { scale, _ in
      ProjectedGuidance(scale: scale, momentum: -0.5)
    },
    CatalogEntry(name: "apg-mix", summary: "ordinary for a quarter of the run, then apg") {
      scale, levels in
      ProjectedMixGuidance(
        scale: scale, projected: ProjectedGuidance(scale: scale, momentum: -0.5),
        from: levels.isEmpty ? .clean : levels[(levels.count - 1) / 4])
    },
    CatalogEntry(name: "fdg", summary: "by frequencies, the low ones half as strong") { scale, _ in
      FrequencyGuidance(scales: [scale, 1 + (scale - 1) / 2])
    },
    CatalogEntry(name: "tcfg", summary: "tangential") { scale, _ in
      TangentialGuidance(scale: scale)
    },
    CatalogEntry(name: "mambo-g", summary: "weaker where the estimates differ") { scale, _ in
      MagnitudeAwareGuidance(scale: scale)
    },
  ]

  /// How the rule of a name is made, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> Make {
    try find(name, among: all, kind: "guidance")
  }
}
