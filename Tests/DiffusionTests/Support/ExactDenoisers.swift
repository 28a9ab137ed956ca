import Diffusion
import Foundation
import Torch
import Verification

/// Normal data of mean zero, asked for what a sampler takes its denoiser's answers for.
func exactDenoiser(of variance: Double, for sampler: any Sampler) -> any Denoiser {
  switch sampler.target {
  case .mean: NormalData(variance: variance)
  case .flowEnd: NormalFlowEnd(variance: variance)
  }
}

/// Karras' levels without the clean one, brought onto a path.
func karrasLevels(_ count: Int, on path: NoisePath = .varianceExploding) throws -> [NoiseLevel] {
  try KarrasSchedule().levels(count).dropLast().map { path.level($0) }
}

/// How far two numbers are apart, in units of the second.
func relativeError(_ a: Double, _ b: Double) -> Double { abs(a - b) / abs(b) }

/// The largest distance between two tensors' elements.
func distance(_ a: Tensor, _ b: Tensor) -> Double { (a - b).absolute().maximum().item() }
