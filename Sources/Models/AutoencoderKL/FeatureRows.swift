internal import Layers
internal import Torch

/// Features of one picture, some rows of which are computed at a time.
///
/// What a layer makes of features is again such a recipe, so that a chain of layers needs the
/// memory of some rows and not of the whole picture. Rows beside those that are asked for are
/// computed as well where a convolution looks at them, so that the result has no seams.
struct FeatureRows {
  /// The number of rows.
  let height: Int
  /// The numbers, the channels times the width, in the widest row that is computed on the way.
  let rowSize: Int
  /// Computes rows, `[1, channels, rows, width]`.
  let read: (Range<Int>) -> Tensor
  /// Tells that no row before this one will be asked for again.
  let finish: (Int) -> Void

  /// Strips of so many numbers at most, but of four rows at least.
  func strips(of size: Int) -> [Range<Int>] {
    let rows = max(4, size / max(rowSize, 1))
    return stride(from: 0, to: height, by: rows).map { $0..<min($0 + rows, height) }
  }

  /// What a function makes of every row alone.
  func map(_ function: @escaping (Tensor) -> Tensor) -> FeatureRows {
    FeatureRows(
      height: height, rowSize: rowSize, read: { function(read($0)) }, finish: finish)
  }

  /// What a convolution of width 3, padded by 1, makes of the features.
  func convolved(by layer: Conv2d, of width: Int) -> FeatureRows {
    FeatureRows(
      height: height, rowSize: max(rowSize, layer.outputs * width),
      read: { rows in
        let needed = max(rows.lowerBound - 1, 0)..<min(rows.upperBound + 1, height)
        let above = needed.lowerBound - rows.lowerBound + 1
        let below = rows.upperBound + 1 - needed.upperBound
        let x = read(needed)
        let isInside = above == 0 && below == 0
        return layer.withoutRowPadding(isInside ? x : x.padded([0, 0, above, below]))
      },
      finish: { finish($0 - 1) })
  }

  /// What the convolution of a downsampler, of stride 2 and padded below and on the right, makes of
  /// the features.
  func halved(by layer: Conv2d, of width: Int) -> FeatureRows {
    FeatureRows(
      height: height / 2, rowSize: max(2 * rowSize, layer.outputs * (width / 2)),
      read: { rows in
        let end = 2 * rows.upperBound + 1
        let x = read(2 * rows.lowerBound..<min(end, height))
        return layer(x.padded([0, 1, 0, max(end - height, 0)]))
      },
      finish: { finish(2 * $0) })
  }

  /// The features twice as high and wide, each number four times.
  func doubled() -> FeatureRows {
    FeatureRows(
      height: 2 * height, rowSize: 2 * rowSize,
      read: { rows in
        let needed = rows.lowerBound / 2..<(rows.upperBound + 1) / 2
        return read(needed).upsampledNearest2d(size: nil, scale: [2, 2])
          .narrowed(dim: 2, start: rows.lowerBound % 2, length: rows.count)
      },
      finish: { finish($0 / 2) })
  }

  /// The features normalized by the means and variances of the whole picture, which are computed
  /// here, and `silu` of them.
  func normalized(by layer: GroupNorm, strips size: Int) -> FeatureRows {
    let strips = strips(of: size)
    let source = strips.count == 1 ? remembered() : self
    var moments = layer.moments
    for strip in strips { moments.add(source.read(strip)) }
    let norm = layer.fixed(moments)
    return source.map { silu(norm($0)) }
  }

  /// The same features, of which those that were read last are not computed again.
  func remembered() -> FeatureRows {
    let memory = Memory()
    return FeatureRows(
      height: height, rowSize: rowSize,
      read: { rows in
        if let last = memory.last, last.rows.contains(rows) {
          return last.x.narrowed(
            dim: 2, start: rows.lowerBound - last.rows.lowerBound, length: rows.count)
        }
        memory.last = nil
        let x = read(rows)
        memory.last = (rows, x)
        return x
      },
      finish: { row in
        if let last = memory.last, last.rows.upperBound <= row { memory.last = nil }
        finish(row)
      })
  }

  private final class Memory {
    var last: (rows: Range<Int>, x: Tensor)?
  }
}

/// Features of one picture in strips, each of which is freed as soon as it is done with.
final class FeatureStore {
  private var strips: [(rows: Range<Int>, x: Tensor?)] = []
  private let rowSize: Int
  private let height: Int

  /// Features that are there.
  init(_ x: Tensor) {
    (height, rowSize) = (x.shape[2], x.shape[1] * x.shape[3])
    strips = [(0..<height, x)]
  }

  /// Computes features, and lets those that they were computed of go meanwhile.
  init(_ rows: FeatureRows, strips size: Int) {
    height = rows.height
    var rowSize = 0
    for strip in rows.strips(of: size) {
      let x = rows.read(strip)
      rowSize = x.count / strip.count
      strips.append((strip, x))
      rows.finish(strip.upperBound)
    }
    self.rowSize = rowSize
  }

  /// The features, which are there until they are done with.
  var rows: FeatureRows {
    FeatureRows(height: height, rowSize: rowSize, read: read, finish: finish)
  }

  /// The rows that are still there.
  var keptRows: Range<Int> {
    let kept = strips.filter { $0.x != nil }.map(\.rows)
    return (kept.first?.lowerBound ?? height)..<height
  }

  /// All features, `[1, channels, height, width]`.
  var whole: Tensor { read(0..<height) }

  private func read(_ rows: Range<Int>) -> Tensor {
    let parts = strips.compactMap { strip -> Tensor? in
      let part = strip.rows.clamped(to: rows)
      guard !part.isEmpty, let x = strip.x else { return nil }
      return part == strip.rows
        ? x : x.narrowed(dim: 2, start: part.lowerBound - strip.rows.lowerBound, length: part.count)
    }
    return parts.count == 1 ? parts[0] : parts.concatenated(dim: 2)
  }

  private func finish(before row: Int) {
    for index in strips.indices where strips[index].rows.upperBound <= row { strips[index].x = nil }
  }
}
