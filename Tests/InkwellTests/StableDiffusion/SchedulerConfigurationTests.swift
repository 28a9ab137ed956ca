import Diffusion
import Foundation
import Models
import TestSupport
import Testing

@testable import Inkwell

/// diffusers' schedulers as a chain, its timesteps and a sampler.
@Suite struct SchedulerConfigurationTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(_ fields: String, class name: String = "DDIMScheduler") throws
    -> SchedulerConfiguration
  {
    let schedule = fields.contains("beta_schedule") ? "" : #", "beta_schedule": "scaled_linear""#
    let json = """
      {"_class_name": "\(name)", "beta_start": 0.00085, "beta_end": 0.012\(schedule)
       \(fields.isEmpty ? "" : ", \(fields)")}
      """
    return try SchedulerConfiguration(contentsOf: folder.write(json.utf8, to: "s.json"))
  }

  @Test(
    "each class, with its options, is a sampler",
    arguments: [
      ("DDPMScheduler", #""variance_type": "fixed_large""#, "ddpm-large"),
      ("PNDMScheduler", #""skip_prk_steps": true"#, "plms"), ("PNDMScheduler", "", "pndm"),
      ("LMSDiscreteScheduler", "", "lms"),
      ("KDPM2AncestralDiscreteScheduler", "", "dpm2-ancestral"),
      ("DPMSolverMultistepScheduler", #""solver_order": 3"#, "dpmpp-3m"),
      ("DPMSolverMultistepScheduler", #""solver_type": "heun""#, "res-multistep"),
      ("DPMSolverMultistepScheduler", #""algorithm_type": "sde-dpmsolver++""#, "dpmpp-2m-sde"),
      ("DPMSolverMultistepScheduler", #""algorithm_type": "dpmsolver""#, "dpm-2m"),
      ("DPMSolverSinglestepScheduler", "", "dpmpp-2s"), ("DPMSolverSDEScheduler", "", "dpmpp-sde"),
      ("UniPCMultistepScheduler", #""solver_order": 3"#, "unipc-3"),
      ("UniPCMultistepScheduler", #""solver_type": "bh1""#, "unipc-bh1"),
      ("DEISMultistepScheduler", "", "deis"), ("SASolverScheduler", "", "sa-solver"),
      ("LCMScheduler", "", "lcm"), ("TCDScheduler", "", "tcd"),
    ])
  func samplers(name: String, fields: String, sampler: String) throws {
    let found = try read(fields, class: name)
    #expect(found.sampler == sampler)
    #expect(throws: Never.self) { try Samplers.named(sampler) }
  }

  @Test(
    "what is not done here is refused by its key",
    arguments: [
      (
        #""prediction_type": "flow_prediction""#, "prediction_type: expected epsilon or sample or v"
      ),
      (#""timestep_spacing": "leadin""#, "timestep_spacing: expected leading or linspace or trail"),
      (#""beta_schedule": "sigmoid""#, "beta_schedule: expected linear or scaled_linear or square"),
      (#""steps_offset": 1000"#, "steps_offset: expected 0 to 999, found 1000"),
      (#""thresholding": true"#, "thresholding: expected false, found true"),
      (#""use_lu_lambdas": true"#, "use_lu_lambdas: expected false, found true"),
      (#""interpolation_type": "log_linear""#, "interpolation_type: expected linear, found log_"),
      (#""final_sigmas_type": "one""#, "final_sigmas_type: expected sigma_min or zero, found one"),
      (#""num_train_timesteps": 0"#, "num_train_timesteps: expected 1 or more, found 0"),
    ])
  func refusals(fields: String, reason: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try read(fields) }
    #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    #expect(error.map { Failure($0) } == .file)
  }

  @Test("solvers of an order that is not there are refused")
  func orders() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try read(#""solver_order": 1"#, class: "DPMSolverMultistepScheduler")
    }
    #expect(error?.reason == "solver_order: expected 2 or 3, found 1")
  }

  @Test("the same word means other timesteps to a chain, to a solver and in Karras' variables")
  func conventions() throws {
    let scheduler = try read(#""timestep_spacing": "leading", "steps_offset": 1"#)
    func timesteps(
      _ sampler: String, _ spacing: String? = nil, steps: Int = 4
    ) throws -> [Double] {
      try scheduler.timetable(steps, for: sampler, spacing: spacing).entries.map(\.timestep)
    }
    func isClose(_ a: [Double], _ b: [Double]) -> Bool {
      a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }
    }
    #expect(isClose(try timesteps("ddim"), [751, 501, 251, 1]))
    #expect(isClose(try timesteps("euler"), [751, 501, 251, 1]))
    #expect(isClose(try timesteps("dpmpp-2m"), [801, 601, 401, 201]))
    #expect(isClose(try timesteps("ddim", "linspace"), [999, 666, 333, 0]))
    #expect(isClose(try timesteps("dpmpp-2m", "linspace"), [999, 749, 500, 250]))
    #expect(isClose(try timesteps("euler", "linspace"), [999, 666, 333, 0]))
    #expect(isClose(try timesteps("unipc", "trailing"), [999, 749, 499, 249]))
    #expect(isClose(try timesteps("lcm"), [999, 759, 499, 259]))
    // diffusers' own first one is 998, for the rounding of float32: it is 998.99999975 there.
    #expect(isClose(try timesteps("dpmpp-2m", "exponential", steps: 5), [999, 680, 233, 20, 0]))
  }

  @Test("a run ends without noise, or where the configuration says, and never in a step of nothing")
  func ends() throws {
    let open = try read(#""set_alpha_to_one": false, "steps_offset": 1"#)
    let levels = try open.timetable(4, for: "ddim").levels
    #expect(levels.count == 5 && levels[4].sigma > 0.02 && levels[4].sigma < 0.03)
    #expect(try open.timetable(4, for: "euler").levels.last == .clean)
    let first = try read(#""set_alpha_to_one": false"#)
    #expect(try first.timetable(4, for: "ddim").levels.count == 4)
    let lowest = try read(#""final_sigmas_type": "sigma_min""#, class: "UniPCMultistepScheduler")
    #expect(try lowest.timetable(4, for: "unipc").levels.last?.sigma ?? 0 > 0.02)
  }

  @Test("more steps than there are timesteps are refused")
  func steps() throws {
    let scheduler = try read("")
    #expect(throws: ScheduleError.steps(found: 1001, allowed: 1...1000)) {
      try scheduler.timetable(1001, for: "ddim")
    }
    #expect(throws: ScheduleError.steps(found: 1000, allowed: 1...999)) {
      try scheduler.timetable(1000, for: "dpmpp-2m")
    }
    let blind = try read(#""rescale_betas_zero_snr": true"#)
    #expect(throws: ScheduleError.self) { try blind.timetable(4, for: "ddim", spacing: "karras") }
  }
}
