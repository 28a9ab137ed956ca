import Foundation
import Testing
import Torch
import Verification

@testable import Diffusion

/// Denoisers that look at a large sample window by window.
@Suite struct WindowTests {
  static let grids = [
    WindowGrid(height: 9, width: 21, windowHeight: 4, windowWidth: 8),
    WindowGrid(height: 64, width: 40, windowHeight: 16, windowWidth: 40, overlap: 0.5),
    WindowGrid(height: 33, width: 32, windowHeight: 32, windowWidth: 32),
    WindowGrid(height: 7, width: 5, windowHeight: 100, windowWidth: 1, overlap: 0),
    WindowGrid(height: 10, width: 30, windowHeight: 3, windowWidth: 10, overlap: 0.9),
  ]

  @Test(
    "the windows lie within the sample and their weights sum to 1 at every place", arguments: grids)
  func cover(grid: WindowGrid) {
    let windows = grid.windows
    #expect(Set(windows).count == windows.count)
    for window in windows {
      #expect(window.top >= 0 && window.top + window.height <= grid.height)
      #expect(window.left >= 0 && window.left + window.width <= grid.width)
      #expect(window.height == windows[0].height && window.width == windows[0].width)
    }
    let sum = grid.blended { window, _ in
      Tensor.ones([1, 1, window.height, window.width], dtype: .float64)
    }
    #expect(sum.shape == [1, 1, grid.height, grid.width])
    #expect(distance(sum, Tensor.ones([1, 1, grid.height, grid.width], dtype: .float64)) < 1e-12)
  }

  @Test("neighbours share at least what is asked for, and no window is too many")
  func counts() {
    let grid = WindowGrid(height: 64, width: 160, windowHeight: 64, windowWidth: 64)
    #expect(grid.windows.map(\.left) == [0, 48, 96])
    #expect(WindowGrid(height: 64, width: 64, windowHeight: 64, windowWidth: 64).windows.count == 1)
    let half = WindowGrid(height: 1, width: 161, windowHeight: 1, windowWidth: 64, overlap: 0.5)
    let starts = half.windows.map(\.left)
    #expect(starts.first == 0 && starts.last == 97 && starts.count == 5)
    #expect(zip(starts, starts.dropFirst()).allSatisfy { $1 - $0 <= 32 })
  }

  @Test("what is the same at every place is drawn as without windows", arguments: grids)
  func equalsWhole(grid: WindowGrid) throws {
    let shape = [2, grid.height, grid.width]
    let x = NoiseSource(seeds: [3, 4]).normal(shape, dtype: .float64)
    let whole = NormalData(variance: 0.25)
    let levels = [0.1, 0.5, 0.9, 1].map { NoiseLevel(alpha: $0, sigma: (1 - $0 * $0).squareRoot()) }
    func draw(_ denoiser: some Denoiser) throws -> Tensor {
      try Heun().sample(x, over: levels, denoiser: denoiser, noise: NoiseSource(seeds: [3, 4]))
    }
    #expect(distance(try draw(Windowed(grid, [whole])), try draw(whole)) < 1e-12)
    let each = grid.windows.map { _ in whole }
    #expect(distance(try draw(Windowed(grid, each)), try draw(whole)) < 1e-12)
  }

  @Test("where windows disagree nothing jumps: a step is at most a share of the disagreement")
  func noSeams() throws {
    let grid = WindowGrid(height: 48, width: 112, windowHeight: 32, windowWidth: 32)
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    // Windows side by side differ by 1.
    let denoisers = grid.windows.map { window in
      FunctionDenoiser { x, _ in
        Tensor.full(
          Array(x.shape), .real(Double((window.left / 20 + window.top / 16) % 2)), dtype: .float64)
      }
    }
    let x = Tensor.zeros([1, 1, 48, 112], dtype: .float64)
    let blend = try Windowed(grid, denoisers)(x, at: level)
    func jump(_ dim: Int) -> Double {
      let length = blend.shape[dim]
      let next = blend.narrowed(dim: dim, start: 1, length: length - 1)
      return (next - blend.narrowed(dim: dim, start: 0, length: length - 1)).absolute().maximum()
        .item()
    }
    // Neighbours share 16 rows, and 12 columns.
    #expect(blend.maximum().item() == 1 && blend.minimum().item() == 0)
    #expect(jump(2) <= 1.0 / 16 + 1e-12 && jump(3) <= 1.0 / 12 + 1e-12)
    #expect(jump(2) > 0 && jump(3) > 0)
  }
}
