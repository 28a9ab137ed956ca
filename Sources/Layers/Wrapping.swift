package import Torch

/// Which edges of a picture meet, so that it can be laid beside itself without a seam.
///
/// A ``Conv2d`` below a scope with it sees the opposite edge where it would see zeros: PyTorch's
/// `padding_mode="circular"`.
public enum Wrapping: Sendable, Hashable {
  /// The left and the right one.
  case x
  /// The upper and the lower one.
  case y
  /// Both pairs.
  case both

  /// Whether left and right meet.
  var wrapsX: Bool { self != .y }

  /// Whether top and bottom meet.
  var wrapsY: Bool { self != .x }
}

extension Scope {
  /// The same place, whose layers take edges to meet; none if not given.
  public func wrapping(_ wrapping: Wrapping?) -> Scope {
    Scope(store: store, path: path, wrapping: wrapping)
  }
}

extension Tensor {
  /// Pictures, `[…, height, width]`, with more pixels at their edges: those of the opposite edge
  /// where edges meet, else zeros or what the mode says.
  ///
  /// - Parameters:
  ///   - pad: How many pixels to the left, to the right, above and below.
  ///   - wrapping: Which edges meet.
  ///   - mode: What is beyond the others, as PyTorch names it.
  /// - Returns: The larger pictures.
  package func padded(
    _ pad: [Int], wrapping: Wrapping?, mode: String = "constant"
  ) -> Tensor {
    guard let wrapping else { return padded(pad, mode: mode) }
    precondition(pad.count == 4, "a picture has four edges")
    let around = [
      wrapping.wrapsX ? pad[0] : 0, wrapping.wrapsX ? pad[1] : 0,
      wrapping.wrapsY ? pad[2] : 0, wrapping.wrapsY ? pad[3] : 0,
    ]
    let rest = zip(pad, around).map { $0 - $1 }
    let wrapped = padded(around, mode: "circular")
    return rest.contains { $0 > 0 } ? wrapped.padded(rest, mode: mode) : wrapped
  }
}
