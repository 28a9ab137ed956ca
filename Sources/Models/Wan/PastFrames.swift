internal import Torch

/// What the convolutions over time have seen of a clip that comes in parts.
///
/// Each of them keeps the last frames that it was given, in the order in which they run. So a clip
/// can be of any length, and its parts together give what the whole would: a convolution looks back
/// and never ahead.
package struct PastFrames {
  private var kept: [Tensor] = []
  private var place = 0

  /// The past of a clip that begins.
  package init() {}

  /// Whether nothing was seen yet.
  private(set) var isEmpty = true

  /// Begins the next part: the first convolution has the next turn.
  mutating func nextPart() {
    isEmpty = kept.isEmpty
    place = 0
  }

  /// Adds to frames what stands before them, and keeps the last ones for the next part.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`.
  ///   - count: How many frames are kept.
  ///   - start: What stands before the first part.
  /// - Returns: The past and the frames, `[batch, channels, past + frames, height, width]`.
  mutating func extend(_ x: Tensor, keeping count: Int, start: () -> Tensor) -> Tensor {
    let whole = concatenate(isEmpty ? start() : kept[place], x, dim: 2)
    keep(whole, count)
    return whole
  }

  /// Keeps the last frames for the next part.
  mutating func keep(_ x: Tensor, _ count: Int) {
    let last = x.narrowed(dim: 2, start: x.shape[2] - count, length: count)
      .contiguous(memoryFormat: .channelsLast3d)
    if isEmpty { kept.append(last) } else { kept[place] = last }
    place += 1
  }
}

extension Tensor {
  /// So many black frames of the same kind.
  func zeroFrames(_ count: Int) -> Tensor {
    var sizes = shape.sizes
    sizes[2] = count
    return .zeros(sizes, dtype: dtype).contiguous(memoryFormat: .channelsLast3d)
  }

  /// The frames of clips as pictures: `[batch · frames, channels, height, width]`.
  var asPictures: Tensor {
    permuted(0, 2, 1, 3, 4).reshaped(-1, shape[1], shape[3], shape[4])
  }

  /// Pictures as the frames of clips again: `[batch, channels, frames, height, width]`.
  func asClips(batch: Int) -> Tensor {
    reshaped(batch, -1, shape[1], shape[2], shape[3]).permuted(0, 2, 1, 3, 4)
  }
}
