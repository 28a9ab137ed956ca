public import Torch

/// A defect that is planted in a picture, to see what finds it.
public enum PictureDefect: String, Codable, Sendable, Hashable, CaseIterable {
  /// A square of another picture, 3/8 as wide, at a random place.
  case pastedPatch = "pasted patch"
  /// The middle, half as wide, blurred along its rows over a quarter of the picture's width.
  case smear = "smeared middle"
  /// The middle, half as wide, once more beside itself, a quarter of the width right and down.
  case doubledPart = "doubled part"
  /// Gaussian noise of 25 levels on every pixel.
  case noise = "noise left"
  /// One grey everywhere.
  case greyFrame = "grey frame"
  /// The lower half moved right by an eighth of the width, around the edge.
  case seam = "seam"
  /// A black square, a quarter as wide, at a random place.
  case deadBlock = "dead block"
  /// Three times the contrast, cut off at the ends.
  case burnt = "burnt colours"

  /// A picture with the defect.
  ///
  /// Of eight random places the one is taken where the picture changes most, as white on white is
  /// no defect.
  ///
  /// - Parameters:
  ///   - picture: `[3, side, side]`, `uint8`, of at least 16 x 16.
  ///   - other: Another picture of the same shape.
  ///   - generator: Draws.
  /// - Returns: A new picture of the same shape.
  /// - Throws: A `TorchError`.
  public func planted(
    in picture: Tensor, other: Tensor, using generator: Generator
  ) throws -> Tensor {
    let side = picture.shape[-1]
    precondition(
      picture.shape == other.shape && picture.shape[-2] == side && side >= 16,
      "two squares of a size")
    return try checked {
      let x = picture.converted(to: .float32)
      let result =
        switch self {
        case .pastedPatch:
          Self.placed(side * 3 / 8, in: x, using: generator) { Self.cut(other, $0, $1, $2) }
        case .smear:
          Self.pasted(
            Self.cut(Self.blurred(x), side / 4, side / 4, side / 2), in: x, side / 4, side / 4)
        case .doubledPart:
          Self.pasted(Self.cut(x, side / 4, side / 4, side / 2), in: x, side / 2, side / 2)
        case .noise: x + 25 * generator.normal(x.shape.sizes)
        case .greyFrame: Tensor.full(x.shape.sizes, 128)
        case .seam:
          [
            x.narrowed(dim: 1, start: 0, length: side / 2),
            x.narrowed(dim: 1, start: side / 2, length: side - side / 2)
              .rolled([side / 8], dims: [2]),
          ].concatenated(dim: 1)
        case .deadBlock:
          Self.placed(side / 4, in: x, using: generator) { _, _, size in
            Tensor.zeros([3, size, size])
          }
        case .burnt: (x - 128) * 3 + 128
        }
      return result.rounded().clamped(min: 0.0, max: 255.0).converted(to: .uint8)
    }
  }

  private static func cut(_ x: Tensor, _ row: Int, _ column: Int, _ size: Int) -> Tensor {
    x.narrowed(dim: 1, start: row, length: size).narrowed(dim: 2, start: column, length: size)
  }

  private static func pasted(_ part: Tensor, in x: Tensor, _ row: Int, _ column: Int) -> Tensor {
    let whole = x.cloned()
    cut(whole, row, column, part.shape[-1]).copy(from: part.converted(to: .float32))
    return whole
  }

  private static func placed(
    _ size: Int, in x: Tensor, using generator: Generator,
    _ part: (_ row: Int, _ column: Int, _ size: Int) -> Tensor
  ) -> Tensor {
    let corners = generator.integers(in: 0..<x.shape[-1] - size + 1, [16]).values(as: Int.self)
    let results = (0..<8).map { index in
      let (row, column) = (corners[2 * index], corners[2 * index + 1])
      return pasted(part(row, column, size), in: x, row, column)
    }
    let changes = results.map { ($0 - x).absolute().mean().item() }
    return changes.indices.max { changes[$0] < changes[$1] }.map { results[$0] } ?? x
  }

  private static func blurred(_ x: Tensor) -> Tensor {
    let half = x.shape[-1] / 8
    return x.padded([half, half, 0, 0], mode: "replicate")
      .averagePool2d([1, 2 * half + 1], stride: [1, 1])
  }
}
