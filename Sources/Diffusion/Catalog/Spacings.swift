/// Which timesteps of a discrete chain a sampler visits, by name.
public enum Spacings {
  /// Every spacing but the lists of one's own.
  public static let all: [CatalogEntry<TimestepSpacing>] = [
    CatalogEntry(name: "leading", summary: "multiples of a whole step", item: .leading()),
    CatalogEntry(name: "trailing", summary: "equal steps from the last timestep", item: .trailing),
    CatalogEntry(name: "linspace", summary: "equal steps between both ends", item: .linspace),
    CatalogEntry(
      name: "sgm-uniform", summary: "equal fractional steps, without the first timestep",
      item: .sgmUniform),
    CatalogEntry(
      name: "uniform", summary: "equal fractional steps between both ends", item: .uniform),
    CatalogEntry(
      name: "timestep-beta", summary: "quantiles of a Beta distribution over timesteps",
      item: .beta()),
    CatalogEntry(name: "smoothstep", summary: "timesteps dense at both ends", item: .smoothstep),
    CatalogEntry(
      name: "lcm", summary: "of the 50 timesteps of latent consistency models",
      item: .consistency()),
    CatalogEntry(name: "simple", summary: "equal steps through the table", item: .simple),
    CatalogEntry(name: "karras", summary: "equal steps of sigma^(1/7)", item: .karras()),
    CatalogEntry(
      name: "exponential", summary: "equal steps of ln(sigma), so of the log-SNR",
      item: .sigmas(.exponential)),
    CatalogEntry(
      name: "polyexponential", summary: "ln(sigma) by the square of the way left",
      item: .sigmas(.polyexponential(rho: 2))),
    CatalogEntry(
      name: "beta", summary: "quantiles of a Beta distribution over sigma",
      item: .sigmas(.beta())),
    CatalogEntry(
      name: "kl-optimal", summary: "equal steps of atan(sigma)", item: .sigmas(.klOptimal)),
    CatalogEntry(
      name: "bong-tangent", summary: "two arcs of a tangent over sigma",
      item: .sigmas(.bongTangent)),
    CatalogEntry(
      name: "align-your-steps", summary: "optimised for Stable Diffusion 1.5",
      item: .sigmas(.table(AlignYourSteps.stableDiffusion))),
    CatalogEntry(
      name: "align-your-steps-xl", summary: "optimised for Stable Diffusion XL",
      item: .sigmas(.table(AlignYourSteps.stableDiffusionXL))),
    CatalogEntry(
      name: "align-your-steps-if", summary: "optimised for DeepFloyd IF",
      item: .sigmas(.table(AlignYourSteps.deepFloyd))),
    CatalogEntry(
      name: "align-your-steps-video", summary: "optimised for Stable Video Diffusion",
      item: .sigmas(.table(AlignYourSteps.stableVideoDiffusion))),
  ]

  /// The spacing of a name, or an error with the nearest names.
  public static func named(_ name: String) throws(CatalogError) -> TimestepSpacing {
    try find(name, among: all, kind: "spacing")
  }
}
