public import Torch

/// Guidance with a scale of its own for each band of frequencies.
///
/// Frequency-decoupled guidance, Sadat et al. 2025, https://arxiv.org/abs/2506.19713; diffusers'
/// `FrequencyDecoupledGuidance`, whose scale counts as ours unless `use_original_formulation` is
/// on, where it is the scale less 1. Strong guidance of the low frequencies costs variety and
/// oversaturates, that of the high ones makes details. Both estimates are taken apart by a
/// ``LaplacianPyramid``; where all scales are the same it is ``LinearGuidance``.
///
/// Samples are pictures in their last two dimensions, `[…, height, width]`. One of fewer dimensions
/// is a picture of height 1. diffusers needs the package kornia, which enlarges pictures whose
/// sides cannot be halved as often as there are bands; here the sides are rounded down.
public struct FrequencyGuidance: Guidance, Sendable, Hashable, Codable {
  /// The guidance scales, from the highest frequencies to the lowest.
  public let scales: [Double]

  /// How much of the part of the difference along `cond` stays in each band; 1 is ordinary
  /// guidance.
  public let parallel: Double

  /// What the bands are taken of.
  public let space: PredictionType

  /// The rule.
  ///
  /// - Parameters:
  ///   - scales: The guidance scales, one or more, from the highest frequencies to the lowest.
  ///   - parallel: How much of the part along `cond` stays in each band, from 0 to 1.
  ///   - space: What the bands are taken of; of an affine rule it makes no difference.
  public init(scales: [Double], parallel: Double = 1, space: PredictionType = .x0) {
    precondition(!scales.isEmpty, "no band has a scale")
    self.scales = scales
    self.parallel = parallel
    self.space = space
  }

  /// Whether every scale is 1.
  public func isOff(at level: NoiseLevel) -> Bool { scales.allSatisfy { $0 == 1 } }

  /// Goes from `uncond` through `cond` in each band.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    let (a, b) = (
      LaplacianPyramid(cond, levels: scales.count), LaplacianPyramid(uncond, levels: scales.count)
    )
    let bands = zip(scales, zip(a.bands, b.bands)).map { scale, pair in
      let (cond, uncond) = pair
      guard scale != 1 else { return cond }
      var difference = cond - uncond
      if parallel != 1 {
        let along = dot(difference, cond).divided(by: dot(cond, cond), otherwise: 0) * cond
        difference = difference - (1 - parallel) * along
      }
      return uncond + scale * difference
    }
    return LaplacianPyramid(bands: bands).sum.reshaped(Array(cond.shape))
  }
}

/// A picture as its bands of frequencies, from the highest to the lowest.
///
/// Burt & Adelson 1983, https://doi.org/10.1109/TCOM.1983.1095851: a band is what a picture loses
/// by being halved and doubled again. Blurring is by the binomial `1 4 6 4 1`, mirrored at the
/// edges, resizing is linear (kornia's `build_laplacian_pyramid`). The bands sum up to the picture
/// whatever its size.
public struct LaplacianPyramid: Sendable {
  /// The bands, `[batch, planes, height, width]`, each half as large as the one before it.
  public let bands: [Tensor]

  /// The pyramid of bands.
  public init(bands: [Tensor]) {
    self.bands = bands
  }

  /// The bands of pictures.
  ///
  /// - Parameters:
  ///   - x: Samples, `[batch, …, height, width]`, or `[batch, width]`.
  ///   - levels: The number of bands, at least 1; fewer if the pictures become too small.
  public init(_ x: Tensor, levels: Int) {
    let shape = x.shape
    let height = x.rank > 2 ? shape[x.rank - 2] : 1
    var rest = x.reshaped(shape[0], -1, height, x.rank > 1 ? shape[x.rank - 1] : 1)
    var bands: [Tensor] = []
    for _ in 1..<max(levels, 1) {
      let (height, width) = (rest.shape[2], rest.shape[3])
      let half = resized(blurred(rest), to: [max(height / 2, 1), max(width / 2, 1)])
      bands.append(rest - blurred(resized(half, to: [height, width])))
      rest = half
    }
    self.bands = bands + [rest]
  }

  /// The pictures that the bands sum up to.
  public var sum: Tensor {
    bands.dropLast().reversed().reduce(bands[bands.count - 1]) { low, band in
      blurred(resized(low, to: [band.shape[2], band.shape[3]])) + band
    }
  }
}

private func resized(_ x: Tensor, to size: [Int]) -> Tensor {
  x.upsampledBilinear2dWithoutAntialias(size: size, alignCorners: false, scale: nil)
}

/// Mirrored at the edges, or the edge repeated where there is nothing to mirror.
private func blurred(_ x: Tensor) -> Tensor {
  let kernel = (Tensor([1.0, 4, 6, 4, 1]) / 16).converted(to: x.dtype).moved(to: x.device)
  func padded(_ x: Tensor, _ sides: [Int], length: Int) -> Tensor {
    x.padded(sides, mode: length > 2 ? "reflect" : "replicate")
  }
  let (height, width) = (x.shape[2], x.shape[3])
  let wide = padded(padded(x, [2, 2, 0, 0], length: width), [0, 0, 2, 2], length: height)
  return wide.reshaped(-1, 1, height + 4, width + 4).conv2d(kernel.reshaped(1, 1, 1, 5))
    .conv2d(kernel.reshaped(1, 1, 5, 1)).reshaped(Array(x.shape))
}
