import Foundation
import Testing
import Torch

@testable import Modalities

/// Spectra of signals whose spectra are known.
@Suite struct ShortTimeSpectrumTests {
  private func wave(bin: Double, window: Int, frames: Int, amplitude: Double = 1) -> Tensor {
    let samples = (0..<frames).map { frame in
      Float(amplitude * cos(2 * .pi * bin * Double(frame) / Double(window)))
    }
    return Tensor(samples, shape: [1, frames])
  }

  @Test("a tone in the middle of a bin has the power of the window's sum", arguments: [64, 256])
  func tone(window: Int) throws {
    let spectrum = ShortTimeSpectrum(window: window)
    let power = try checked {
      spectrum.power(wave(bin: 8, window: window, frames: 8 * window, amplitude: 0.5))
    }
    #expect(power.shape.sizes == [1, 33, window / 2 + 1])
    // Hann's window sums to half of its length; a cosine is two waves of half of its amplitude.
    let expected = pow(0.5 / 2 * Double(window) / 2, 2)
    let middle = power.selected(dim: 1, index: 16).values(as: Double.self)
    #expect(abs(middle[8] / expected - 1) < 1e-4)
    // The window's own transform is minus a half in the bins beside, and 0 in all others.
    #expect(abs(middle[7] / expected - 0.25) < 1e-3 && abs(middle[9] / expected - 0.25) < 1e-3)
    #expect(middle.enumerated().allSatisfy { abs($0 - 8) < 2 || $1 < 1e-6 * expected })
  }

  @Test("white noise has the same power in all bins, that of the squared window")
  func noise() throws {
    let spectrum = ShortTimeSpectrum(window: 64)
    let x = Generator(seed: 1).normal([1, 64 * 4000])
    let mean = try checked { spectrum.power(x).mean(dims: [0, 1]).values(as: Double.self) }
    // The mean of Hann's squared window is 3/8.
    for power in mean.dropFirst().dropLast() { #expect(abs(power / 24 - 1) < 0.05) }
  }

  @Test(
    "any number of frames has a time for each hop and one more", arguments: [1, 15, 16, 17, 999])
  func lengths(frames: Int) throws {
    let power = try checked { ShortTimeSpectrum(window: 64).power(.ones([2, frames])) }
    #expect(power.shape.sizes == [2, frames / 16 + 1, 33])
  }

  @Test("the loss is 0 for the same sound, and what its formula says for one half as loud")
  func halfAsLoud() throws {
    let loss = MultiResolutionSpectralLoss(windows: [64, 256])
    let x = Generator(seed: 2).normal([2, 4096]) * 10
    #expect(try checked { loss(x, target: x).item() } == 0)
    // The magnitudes are halved: a half of their norm, and log 2; silence counts next to nothing.
    let expected = 0.5 + log(2.0)
    #expect(abs(try checked { loss(x * 0.5, target: x).item() } - expected) < 1e-3)
  }

  @Test("the loss has the gradient of its differences")
  func gradient() throws {
    let loss = MultiResolutionSpectralLoss(windows: [32, 64])
    // All of the sound's magnitudes are above the target's: where two cross, there is no slope.
    let target = Generator(seed: 4).normal([1, 256])
    let x = target * 3 + Generator(seed: 3).normal([1, 256]) * 0.02
    let direction = Generator(seed: 5).normal([1, 256])
    try checked {
      let leaf = x.withGradient()
      loss(leaf, target: target).backward()
      let slope = try #require(leaf.gradient)
      let along = (slope * direction).sum().item()
      let h = 1e-3
      let difference =
        (loss(x + h * direction, target: target) - loss(x - h * direction, target: target)).item()
      #expect(abs(along - difference / (2 * h)) < 1e-2 * max(abs(along), 0.1))
    }
  }
}
