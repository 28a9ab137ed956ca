internal import Diffusion
internal import Foundation
internal import Models

extension SchedulerConfiguration {
  /// Reads the configuration of ``continuousClass``.
  ///
  /// Karras et al. 2022, table 1, https://arxiv.org/abs/2206.00364, for latents of deviation 1 and
  /// networks that predict `v`, as CosXL's do; diffusers' defaults are those of EDM.
  ///
  /// - Throws: `DecodingError` for another kind.
  init(continuous keys: ConfigurationKeys<Key>) throws {
    let most: Double = try keys.value(.sigmaMax, or: 80)
    let least: Double = try keys.value(.sigmaMin, or: 0.002)
    guard 0 < least, least < most, most.isFinite else {
      throw keys.misfit(.sigmaMax, expected: "above sigma_min, which is above 0", found: most)
    }
    let rho: Double = try keys.value(.rho, or: 7)
    let spacings: [String: SigmaSpacing] = [
      "karras": .karras(rho: rho), "exponential": .exponential,
    ]
    let spacing = try keys.choice(.sigmaSchedule, or: "karras", spacings)
    for (key, expected, found) in [
      (Key.sigmaData, "1.0", "\(try keys.value(.sigmaData, or: 0.5))"),
      (.prediction, "v_prediction", try keys.value(.prediction, or: "epsilon")),
    ] where found != expected {
      throw keys.misfit(key, expected: "\(expected) beside \(Self.continuousClass)", found: found)
    }
    self.init(
      className: Self.continuousClass, sampler: "euler", alphaBar: [],
      range: SigmaRange(most: most, least: least, spacing: spacing), prediction: .v)
    endsAtFirst = try keys.choice(.finalSigmas, or: "zero", ["zero": false, "sigma_min": true])
  }

  /// The levels of a run over a range.
  ///
  /// - Parameters:
  ///   - range: The range.
  ///   - steps: The number of steps.
  ///   - sampler: The sampler's name.
  ///   - name: The spacing's name; the configuration's own if not given.
  /// - Returns: The levels.
  /// - Throws: `ScheduleError` for a number of steps that there cannot be, ``GenerateError`` for a
  ///   spacing or a sampler of timesteps, or a `CatalogError`.
  func timetable(
    over range: SigmaRange, _ steps: Int, for sampler: String, spacing name: String?
  ) throws -> Timetable {
    var spacing = range.spacing
    if let name {
      guard case .sigmas(let own) = try Spacings.named(name) else {
        throw GenerateError.value(
          "spacing", expected: "one of sigma, such as karras, for a model of no chain", found: name)
      }
      spacing = own
    }
    guard TimestepConvention(sampler: sampler) != .consistency else {
      throw GenerateError.value(
        "sampler", expected: "one for models of noise levels, such as euler", found: sampler)
    }
    let schedule = try SigmaSchedule(
      spacing, sigmaMin: range.least, sigmaMax: range.most, path: .variancePreserving)
    let entries = try schedule.levels(steps).dropLast().map {
      Timetable.Entry(level: $0, timestep: schedule.timestep(at: $0))
    }
    return Timetable(
      chain: schedule, entries: entries,
      end: endsAtFirst ? entries[entries.count - 1].level : .clean, sampled: .varianceExploding,
      startScale: hypot(range.most, 1))
  }
}
