public import Torch

/// A denoiser of large samples that looks at them window by window.
///
/// MultiDiffusion, Bar-Tal et al. 2023, https://arxiv.org/abs/2302.08113: at every step
/// the estimates of overlapping windows become one by their weighted mean. There each window takes
/// its own step and the results are averaged, with equal weights; for a step that is affine in the
/// estimate that is the same. A ``WindowGrid``'s weights fall off towards the edges of a window,
/// which hides them.
public struct Windowed: Denoiser {
  private let grid: WindowGrid
  private let denoisers: [any Denoiser]

  /// The denoiser of all windows.
  ///
  /// - Parameters:
  ///   - grid: The windows.
  ///   - denoisers: A denoiser for each window, over `[batch, …, window height, window width]`; or
  ///     one for all.
  public init(_ grid: WindowGrid, _ denoisers: [any Denoiser]) {
    precondition(
      denoisers.count == 1 || denoisers.count == grid.windows.count,
      "\(denoisers.count) denoisers for \(grid.windows.count) windows")
    self.grid = grid
    self.denoisers = denoisers
  }

  /// Estimates `x0` with a call for each window.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try grid.blended { window, index in
      try denoisers[denoisers.count == 1 ? 0 : index](window.crop(of: x), at: level)
    }
  }
}
