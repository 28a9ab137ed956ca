internal import Diffusion

/// How pictures are sampled.
public struct SamplingSettings: Codable, Sendable, Hashable {
  /// The number of steps.
  public var steps: Int
  /// The guidance scale `w` in `uncond + w · (cond - uncond)`; 1 is off.
  public var guidance: Double
  /// What the picture is guided away from.
  public var negative: String
  /// The sampler's name.
  public var sampler: String
  /// The name of the spacing of a chain's timesteps; the model's own if not given.
  public var spacing: String?
  /// How much of the deviation that guidance adds is taken away again, 0 … 1; nothing if not given.
  public var guidanceRescale: Double?
  /// The share of the steps before which guidance is off, 0 … 1; 0 if not given.
  public var guidanceStart: Double?
  /// The share of the steps after which guidance is off, 0 … 1; 1 if not given.
  public var guidanceEnd: Double?
  /// How many of the last layers of CLIP's text encoders are left out; none if not given.
  public var clipSkip: Int?
  /// How the signs of prompts are read; nothing has a meaning if not given.
  public var syntax: Generate.PromptSyntax?
  /// Which steps compute all of the denoiser; every one if not given.
  ///
  /// A model's own belongs to its sampler and steps: where others are asked for, every step
  /// computes all.
  public var cache: Generate.StepCache?

  /// Settings that suit most prompts.
  public init(
    steps: Int = 20, guidance: Double = 4, negative: String = "", sampler: String = "dpmpp-2m"
  ) {
    self.steps = steps
    self.guidance = guidance
    self.negative = negative
    self.sampler = sampler
  }

  /// How the estimates with and without the prompt become one.
  ///
  /// - Parameters:
  ///   - prediction: What the network outputs, whose deviation the rescaling measures.
  ///   - plan: The levels of the run, of which guidance may be on for a part.
  /// - Returns: The rule.
  func guidanceRule(over prediction: PredictionType, along plan: SamplingPlan) -> any Guidance {
    let scaled = LinearGuidance(scale: guidance)
    let factor = guidanceRescale ?? 0
    let rule: any Guidance =
      factor > 0 ? RescaledGuidance(scaled, factor: factor, space: prediction) : scaled
    guard isGuidedInPart else { return rule }
    return IntervalGuidance(rule, along: plan.run, from: guidanceStart ?? 0, to: guidanceEnd ?? 1)
  }

  /// Whether guidance is on for a part of the run only, so that other steps need one estimate.
  var isGuidedInPart: Bool {
    guidance != 1 && ((guidanceStart ?? 0) > 0 || (guidanceEnd ?? 1) < 1)
  }
}
