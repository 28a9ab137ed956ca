import TestSupport
import Testing
import Torch

@testable import Evaluation

/// Each measure of pixels, on pictures whose values are known by hand.
@Suite struct PictureFaultsTests {
  @Test("a frame of one colour has no contrast, no noise, no seam and no block")
  func frame() throws {
    let faults = try PictureFaults(picture(.full([20, 30], 128)))
    #expect(faults.contrast == 0 && faults.noise == 0 && faults.seam == 0 && faults.block == 0)
    #expect(faults.clipping == 0)
  }

  @Test("where black and white change sides, the seam is the step between them")
  func seam() throws {
    func row(_ left: Double, _ right: Double) -> Tensor {
      [Tensor.full([1, 15], Scalar(left)), Tensor.full([1, 15], Scalar(right))]
        .concatenated(dim: 1)
    }
    let grey = [row(0, 255).expanded(13, 30), row(255, 0).expanded(7, 30)].concatenated()
    for grey in [grey, grey.transposed(0, 1)] {
      let faults = try PictureFaults(picture(grey))
      #expect(abs(faults.seam - 255) < 1e-3)
      #expect(faults.clipping == 0.5)
      #expect(abs(faults.contrast - 127.5) < 1e-3)
    }
  }

  @Test("the edge of a thing is no seam, however straight")
  func edge() throws {
    let halves = [Tensor.zeros([20, 13]), Tensor.full([20, 17], 255)].concatenated(dim: 1)
    let faults = try PictureFaults(picture(halves))
    #expect(faults.seam == 0)
    // Of two values with shares p and 1 - p.
    #expect(abs(faults.contrast - 255 * (13.0 / 30 * 17 / 30).squareRoot()) < 1e-3)
  }

  @Test("a slope has no seam, as its steps are all alike")
  func slope() throws {
    let grey = (Tensor.range(to: 32, dtype: .float32) * 8).expanded(32, 32)
    #expect(try PictureFaults(picture(grey)).seam < 1e-3)
  }

  @Test("the noise of a picture is found, and edges are none", arguments: [4.0, 12])
  func noise(sigma: Double) throws {
    let noise = sigma * Generator(seed: 1).normal([256, 256])
    let found = try PictureFaults(picture(128 + noise)).noise
    // The coefficients of bytes are multiples of 1/2, so their median is known to 1/4; the median
    // of 16,384 sizes has a relative error of 0.9 %.
    #expect(abs(found - sigma) < 0.25 / 0.6745 + 0.03 * sigma)
    #expect(try PictureFaults(picture(.zeros([256, 256]))).noise == 0)
  }

  @Test("the largest square of one colour is found, the border's colour not counted")
  func block() throws {
    let grey = Tensor.full([40, 60], 200)
    grey.narrowed(dim: 0, start: 5, length: 10).narrowed(dim: 1, start: 20, length: 30).zero()
    #expect(try PictureFaults(picture(grey)).block == 0.25)
  }

  /// A grey picture as bytes, `[3, height, width]`.
  private func picture(_ grey: Tensor) -> Tensor {
    grey.rounded().clamped(min: 0.0, max: 255.0).converted(to: .uint8)
      .expanded([3, grey.shape[0], grey.shape[1]]).contiguous()
  }
}

@Suite struct PictureDefectTests {
  let picture = Generator(seed: 1).integers(in: 0..<256, [3, 32, 32]).converted(to: .uint8)
  let other = Generator(seed: 2).integers(in: 0..<256, [3, 32, 32]).converted(to: .uint8)

  @Test(
    "a defect changes the picture, the same way for the same seed",
    arguments: PictureDefect.allCases)
  func changes(defect: PictureDefect) throws {
    let spoiled = try planted(defect)
    #expect(spoiled.shape == [3, 32, 32] && spoiled.dtype == .uint8)
    #expect(bytes(spoiled) != bytes(picture))
    #expect(bytes(spoiled) == bytes(try planted(defect)))
  }

  @Test("defects are where and as large as they say")
  func places() throws {
    func share(_ defect: PictureDefect) throws -> Double {
      let changed = zip(bytes(try planted(defect)), bytes(picture)).count { $0 != $1 }
      return Double(changed) / Double(3 * 32 * 32)
    }
    // A random byte is the same by chance once in 256.
    #expect(abs(try share(.pastedPatch) - 9.0 / 64) < 0.004)
    #expect(abs(try share(.deadBlock) - 1.0 / 16) < 0.004)
    #expect(abs(try share(.seam) - 1.0 / 2) < 0.01)
    // The part begins at the picture's middle, and is cut from the quarter before it.
    let doubled = try planted(.doubledPart)
    let part = picture.narrowed(dim: 1, start: 8, length: 16).narrowed(dim: 2, start: 8, length: 16)
    let again = doubled.narrowed(dim: 1, start: 16, length: 16)
      .narrowed(dim: 2, start: 16, length: 16)
    #expect(bytes(part) == bytes(again))
    #expect(Set(bytes(try planted(.greyFrame))) == [128])
  }

  @Test("noise and burnt colours do to each pixel what they say")
  func pixels() throws {
    let grey = Tensor.full([3, 64, 64], 100).converted(to: .uint8)
    let noise = try PictureDefect.noise.planted(in: grey, other: grey, using: Generator(seed: 3))
    let spread = noise.converted(to: .float64).variance().squareRoot().item()
    #expect(abs(spread - 25) < 1)
    let burnt = try PictureDefect.burnt.planted(in: grey, other: grey, using: Generator(seed: 3))
    #expect(Set(bytes(burnt)) == [44])
  }

  private func planted(_ defect: PictureDefect) throws -> Tensor {
    try defect.planted(in: picture, other: other, using: Generator(seed: 3))
  }

  private func bytes(_ tensor: Tensor) -> [UInt8] { tensor.contiguous().values(as: UInt8.self) }
}
