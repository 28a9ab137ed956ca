internal import Diffusion
internal import Foundation
internal import Models

/// diffusers' `scheduler_config.json` of a chain of timesteps, or of a range of noise levels.
///
/// What diffusers calls a scheduler is three things here: the chain, the timesteps that are
/// visited, and the sampler.
struct SchedulerConfiguration: Sendable, Hashable {
  /// Which timesteps are visited, in diffusers' words.
  enum Spacing: String, Sendable, Hashable, CaseIterable {
    case leading, trailing, linspace
  }

  /// diffusers' class.
  var className: String
  /// The name of the sampler that steps as the class does.
  var sampler: String
  /// The running products of `1 - beta`; none where there is a ``range``.
  var alphaBar: [Double]
  /// The levels of a model that was trained on no chain.
  var range: SigmaRange?
  /// What the network outputs.
  var prediction = PredictionType.epsilon
  /// Which timesteps are visited; what is usual for the sampler if not given.
  var spacing: Spacing?
  /// What is added to leading timesteps.
  var offset = 0
  /// How the levels lie between the noisiest and the cleanest, instead of ``spacing``.
  var sigmas: SigmaSpacing?
  /// Whether the chain's last timestep is to hold no signal.
  var hasZeroTerminalSNR = false
  /// Whether a chain of whole timesteps ends without noise, not at its first timestep's.
  var endsClean = true
  /// Whether a solver ends at the first timestep's noise, not without noise.
  var endsAtFirst = false
  /// The timesteps that a consistency model was trained on.
  var originalSteps = 50
  /// What the timesteps are multiplied by in a consistency model's boundary condition.
  var timestepScaling = 10.0

  /// Levels between two `sigma / alpha`, of which the network is told `ln(sigma / alpha) / 4`:
  /// diffusers' `EDMEulerScheduler` for data of deviation 1.
  struct SigmaRange: Sendable, Hashable {
    /// The largest.
    var most: Double
    /// The smallest.
    var least: Double
    /// How the others lie between them.
    var spacing: SigmaSpacing
  }
}

extension SchedulerConfiguration {
  /// Reads a file.
  ///
  /// - Parameter url: The file.
  /// - Throws: `ConfigurationError` if it says what cannot be, or a ``ModelError`` that names the
  ///   nearest class that is known.
  init(contentsOf url: URL) throws {
    let file = url.path(percentEncoded: false)
    let head: Head = try readConfiguration(from: url)
    guard Self.classes.contains(head.className) else {
      let nearest = nearestNames(to: head.className, among: Self.classes)
      throw ModelError.unsupported(
        file: file, key: "_class_name",
        expected: (nearest.isEmpty ? Self.classes : nearest).joined(separator: " or "),
        found: head.className)
    }
    self = try readConfiguration(from: url)
  }

  private struct Head: Decodable {
    let className: String
    enum CodingKeys: String, CodingKey { case className = "_class_name" }
  }
}

extension SchedulerConfiguration: Decodable {
  enum Key: String, CodingKey {
    case className = "_class_name"
    case count = "num_train_timesteps"
    case betaStart = "beta_start"
    case betaEnd = "beta_end"
    case betaSchedule = "beta_schedule"
    case trainedBetas = "trained_betas"
    case prediction = "prediction_type"
    case spacing = "timestep_spacing"
    case offset = "steps_offset"
    case karras = "use_karras_sigmas"
    case exponential = "use_exponential_sigmas"
    case beta = "use_beta_sigmas"
    case lu = "use_lu_lambdas"
    case flow = "use_flow_sigmas"
    case zeroTerminalSNR = "rescale_betas_zero_snr"
    case alphaToOne = "set_alpha_to_one"
    case finalSigmas = "final_sigmas_type"
    case originalSteps = "original_inference_steps"
    case timestepScaling = "timestep_scaling"
    case thresholding
    case interpolation = "interpolation_type"
    case timestepType = "timestep_type"
    case skipsRungeKutta = "skip_prk_steps"
    case algorithm = "algorithm_type"
    case order = "solver_order"
    case solver = "solver_type"
    case variance = "variance_type"
    case sigmaMin = "sigma_min"
    case sigmaMax = "sigma_max"
    case sigmaData = "sigma_data"
    case sigmaSchedule = "sigma_schedule"
    case rho
  }

  /// Reads a configuration of a class among ``classes``; a key that is not there has the class's
  /// default, but for those of the betas, which must be there.
  init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<Key>(decoder)
    let isContinuous = try keys.required(.className) == Self.continuousClass
    self = isContinuous ? try Self(continuous: keys) : try Self(chain: keys)
  }

  private init(chain keys: ConfigurationKeys<Key>) throws {
    className = try keys.required(.className)
    sampler = try Self.sampler(className, keys)
    alphaBar = try DiscreteSchedule(
      Self.betas(keys), count: keys.size(.count, or: 1000, most: 100_000)
    ).alphaBar
    prediction = try keys.choice(.prediction, or: "epsilon", Self.predictions)
    spacing = try keys.value(.spacing, as: String.self).map { _ in
      try keys.choice(.spacing, or: "", Spacing.named)
    }
    offset = try keys.value(.offset, or: 0)
    guard (0..<alphaBar.count).contains(offset) else {
      throw keys.misfit(.offset, expected: "0 to \(alphaBar.count - 1)", found: offset)
    }
    sigmas = try Self.sigmas(keys)
    hasZeroTerminalSNR = try keys.value(.zeroTerminalSNR, or: false)
    endsClean = try keys.value(.alphaToOne, or: className != "PNDMScheduler")
    endsAtFirst = try keys.choice(.finalSigmas, or: "zero", ["zero": false, "sigma_min": true])
    originalSteps = try keys.size(.originalSteps, or: 50, most: alphaBar.count)
    timestepScaling = try keys.value(.timestepScaling, or: 10)
    try keys.require(.thresholding, false)
    try keys.require(.lu, false)
    try keys.require(.flow, false)
    try keys.require(.interpolation, "linear")
    try keys.require(.timestepType, "discrete")
  }

  private static let predictions: [String: PredictionType] = [
    "epsilon": .epsilon, "v_prediction": .v, "sample": .x0,
  ]

  private static func betas(_ keys: ConfigurationKeys<Key>) throws -> Betas {
    if let betas = try keys.value(.trainedBetas, as: [Double].self) { return .custom(betas) }
    let (first, last) = (
      try keys.required(.betaStart, as: Double.self), try keys.required(.betaEnd, as: Double.self)
    )
    return try keys.choice(
      .betaSchedule, or: "",
      [
        "linear": .linear(first: first, last: last),
        "scaled_linear": .scaledLinear(first: first, last: last), "squaredcos_cap_v2": .cosine(),
      ])
  }

  private static func sigmas(_ keys: ConfigurationKeys<Key>) throws -> SigmaSpacing? {
    let choices: [(Key, SigmaSpacing)] = [
      (.karras, .karras()), (.exponential, .exponential), (.beta, .beta()),
    ]
    return try choices.first { try keys.value($0.0, or: false) }?.1
  }
}

extension SchedulerConfiguration.Spacing {
  static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
}

extension ConfigurationKeys {
  /// What the text of a key stands for, one of several.
  func choice<Value>(
    _ key: Key, or fallback: String, _ choices: [String: Value]
  ) throws -> Value {
    let found = try value(key, or: fallback)
    guard let value = choices[found] else {
      throw misfit(
        key, expected: choices.keys.sorted().joined(separator: " or "),
        found: found.isEmpty ? "none" : found)
    }
    return value
  }
}
