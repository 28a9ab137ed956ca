internal import Synchronization
package import Torch

/// Where each token of prompts acted in pictures: cross-attention, averaged over heads, layers and
/// the evaluations of a network.
///
/// Tang et al. 2022 (DAAM), section 3.2, https://arxiv.org/abs/2210.04885. The maps of coarser
/// layers are enlarged by Keys' cubic, as there; heads are averaged before, and what the cubic
/// overshoots below zero is taken away once a layer.
package final class HeatMaps: Sendable {
  private struct Sum {
    /// The sum of the maps, `[pictures, tokens, rows, columns]`.
    var map: Tensor
    var count: Int
  }

  private let sums = Mutex<[String: Sum]>([:])

  /// Maps of nothing yet.
  package init() {}

  /// What sees a network's attention for some pictures of its batch.
  ///
  /// - Parameter pictures: The last so many of the batch.
  /// - Returns: The observer, for one network.
  package func observer(ofLast pictures: Int) -> CrossAttentionObserver {
    CrossAttentionObserver { [self] look in
      let all = look.weights
      let own = all.narrowed(dim: 0, start: all.shape[0] - pictures, length: pictures)
      let map = own.mean(dims: [1]).transposed(1, 2)
        .reshaped(pictures, all.shape[3], look.rows, look.columns)
      sums.withLock { sums in
        let former = sums[look.place]
        sums[look.place] = Sum(
          map: former.map { $0.map + map } ?? map, count: (former?.count ?? 0) + 1)
      }
    }
  }

  /// The maps at a common size, which is at least that of every layer.
  ///
  /// - Returns: `[pictures, tokens, rows, columns]`; over the tokens of a prompt they add up to
  ///   about 1. Nothing if no attention was seen.
  package func maps(rows: Int, columns: Int) -> Tensor? {
    sums.withLock { sums in
      // One layer's at a time: enlarged, they are many times as large as what was seen.
      let total = sums.sorted { $0.key < $1.key }.reduce(nil as Tensor?) { total, layer in
        let map = layer.value.map / Double(layer.value.count)
        let large = enlarged(map, rows: rows, columns: columns).clamped(min: 0.0, max: nil)
        return total.map { $0 + large } ?? large
      }
      return total.map { $0 / Double(sums.count) }
    }
  }
}

/// Pictures of another size, by Keys' cubic with `a = -0.75` as PyTorch's `bicubic` has it.
///
/// Keys 1981, equation 4, https://doi.org/10.1109/TASSP.1981.1163711. Beyond the edges, the last
/// row and column go on.
///
/// - Parameters:
///   - x: `[…, height, width]`.
///   - rows: The new height.
///   - columns: The new width.
/// - Returns: `[…, rows, columns]`.
package func enlarged(_ x: Tensor, rows: Int, columns: Int) -> Tensor {
  let (height, width) = (x.shape[-2], x.shape[-1])
  guard height != rows || width != columns else { return x }
  let vertical = cubicWeights(from: height, to: rows).converted(to: x.dtype)
  let horizontal = cubicWeights(from: width, to: columns).converted(to: x.dtype)
  return vertical.matmul(x).matmul(horizontal.transposed(0, 1))
}

/// What each of the old numbers adds to each of the new ones, `[new, old]`.
private func cubicWeights(from old: Int, to new: Int) -> Tensor {
  var weights = [Double](repeating: 0, count: old * new)
  for index in 0..<new {
    let place = (Double(index) + 0.5) * Double(old) / Double(new) - 0.5
    let first = Int(place.rounded(.down)) - 1
    for neighbour in first..<first + 4 {
      let source = min(max(neighbour, 0), old - 1)
      weights[index * old + source] += cubic(abs(place - Double(neighbour)))
    }
  }
  return Tensor(weights, shape: [new, old])
}

private func cubic(_ x: Double, a: Double = -0.75) -> Double {
  if x <= 1 { return (a + 2) * x * x * x - (a + 3) * x * x + 1 }
  return x < 2 ? a * (x * x * x - 5 * x * x + 8 * x - 4) : 0
}
