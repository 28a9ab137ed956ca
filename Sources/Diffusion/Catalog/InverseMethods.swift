/// The ways to sample what is left of a prior once it was measured, by name.
public enum InverseMethods {
  /// A sampler and the denoiser to give it.
  public struct Method {
    /// The sampler.
    public let sampler: any Sampler

    /// The denoiser.
    public let denoiser: any Denoiser
  }

  /// A method for the denoiser of all data and for what was measured.
  public typealias Make =
    @Sendable (
      _ prior: any Denoiser, _ measurement: LinearMeasurement
    ) -> Method

  /// Every method and how it is made.
  public static let all: [CatalogEntry<Make>] = [
    CatalogEntry(name: "replacement", summary: "what is known, noised, after every step") {
      Method(sampler: Replacement(DDPM(), measurement: $1), denoiser: $0)
    },
    CatalogEntry(name: "repaint", summary: "replacement, ten times each step") {
      Method(sampler: RePaint(DDPM(), measurement: $1, jump: 1), denoiser: $0)
    },
    CatalogEntry(name: "dps", summary: "down the gradient of the misfit, after every step") {
      Method(sampler: DPS(DDPM(), measurement: $1), denoiser: $0)
    },
    CatalogEntry(name: "pigdm", summary: "pseudo-inverse guidance, exact for unit normal data") {
      func guided(_ prior: some Denoiser, _ measurement: LinearMeasurement) -> any Denoiser {
        PiGDM(prior, measurement: measurement)
      }
      return Method(sampler: DDIM(), denoiser: guided($0, $1))
    },
    CatalogEntry(name: "ddnm", summary: "what is known in every estimate, without noise") {
      func known(_ prior: some Denoiser, _ measurement: LinearMeasurement) -> any Denoiser {
        DDNM(prior, measurement: measurement)
      }
      return Method(sampler: DDPM(), denoiser: known($0, $1))
    },
    CatalogEntry(name: "ddnm-plus", summary: "as ddnm, with measurement noise") {
      Method(sampler: DDNMPlus(measurement: $1), denoiser: $0)
    },
  ]

  /// How the method of a name is made, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> Make {
    try find(name, among: all, kind: "inverse method")
  }
}
