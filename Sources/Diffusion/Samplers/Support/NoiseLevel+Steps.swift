internal import Torch

internal import Foundation

extension NoiseLevel {
  /// Whether the level lies on a path.
  func isOn(_ path: NoisePath) -> Bool { abs(path.scale(of: self) - 1) < 1e-9 }

  /// The level a part of the way from this one (0) to `s` (1) in ``logSNR``, on the path of the
  /// two.
  ///
  /// Both levels hold signal and noise.
  func towards(_ s: NoiseLevel, part: Double) -> NoiseLevel {
    let level = NoiseLevel(alpha: 1, sigma: exp(-((1 - part) * logSNR + part * s.logSNR) / 2))
    let path = NoisePath.allCases.first { isOn($0) && s.isOn($0) }
    return path?.level(level) ?? level
  }

  /// DDIM's step: the same `x0` and the same noise at another level.
  ///
  /// It needs no finite `lambda`: from pure noise it is what every solver's first order is, and to
  /// a clean level it gives the estimate itself.
  func moved(_ x: Tensor, to s: NoiseLevel, x0: Tensor) -> Tensor {
    guard s.sigma > 0 else { return s.alpha * x0 }
    return s.noised(x0, by: epsilon(in: x, of: x0))
  }

  /// DDIM's step with a given noise, for `alpha > 0`.
  ///
  /// PNDM's transfer part (Liu et al. 2022, https://arxiv.org/abs/2202.09778).
  func moved(_ x: Tensor, to s: NoiseLevel, epsilon: Tensor) -> Tensor {
    (s.alpha / alpha) * x + (s.sigma - sigma * s.alpha / alpha) * epsilon
  }
}
