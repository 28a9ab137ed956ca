internal import Diffusion
internal import Torch

/// What a run makes of normally distributed samples when the denoiser is linear.
struct LinearRun {
  /// The factor of the first sample.
  let factor: Double
  /// The last sample when the first is zero and there is no noise.
  let offset: Double
  /// The variance of the last samples.
  let variance: Double

  /// Follows the first sample and every independent piece of noise to the end, exactly.
  ///
  /// All samples of a batch go through the same steps: the first from zero without noise, the
  /// second from one, and each of the others from zero with one piece of noise alone: one fresh
  /// draw, or the increment of the Brownian path over one of the intervals into which a run divides
  /// its time.
  init(
    _ sampler: any Sampler, over levels: [NoiseLevel], from variance: Double, denoiser: any Denoiser
  ) throws {
    let asked = Asked()
    _ = try sampler.sample(Tensor([0.0]), over: levels, denoiser: denoiser, noise: asked.source)
    let pieces = Pieces(asked)
    var start = [Double](repeating: 0, count: pieces.batch)
    start[1] = 1
    let ends = try sampler.sample(
      Tensor(start), over: levels, denoiser: denoiser, noise: pieces.source
    ).values(as: Double.self)
    offset = ends[0]
    factor = ends[1] - ends[0]
    self.variance =
      factor * factor * variance
      + ends.dropFirst(2).reduce(0) { $0 + ($1 - ends[0]) * ($1 - ends[0]) }
  }
}

/// What a run asks its noise for.
private final class Asked {
  private(set) var draws = 0
  private(set) var times: Set<Double> = []

  var source: NoiseSource {
    NoiseSource { [self] x in
      draws += 1
      return 0 * x
    } increment: { [self] x, t, s in
      times.formUnion([t.brownianTime, s.brownianTime])
      return 0 * x
    }
  }
}

/// Noise whose every independent piece reaches one sample of the batch only.
private final class Pieces {
  private let draws: Int
  private let times: [Double]
  private var drawn = 0

  init(_ asked: Asked) {
    draws = asked.draws
    times = asked.times.sorted()
  }

  var batch: Int { 2 + draws + max(times.count - 1, 0) }

  var source: NoiseSource {
    NoiseSource { [self] _ in
      drawn += 1
      return row { values in values[1 + drawn] = 1 }
    } increment: { [self] _, t, s in
      let ends = [t.brownianTime, s.brownianTime].sorted()
      let whole = ends[1] - ends[0]
      return row { values in
        guard var index = times.firstIndex(of: ends[0]) else { return }
        while times[index] < ends[1] {
          let part = times[index + 1] - times[index]
          values[2 + draws + index] = (part / whole).squareRoot()
          index += 1
        }
      }
    }
  }

  private func row(_ set: (inout [Double]) -> Void) -> Tensor {
    var values = [Double](repeating: 0, count: batch)
    set(&values)
    return Tensor(values)
  }
}
