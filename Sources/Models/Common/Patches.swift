internal import Torch

/// Tokens' squares put back in their places.
///
/// - Parameters:
///   - tokens: `[batch, rows · columns, patch · patch · channels]`, channels last.
///   - rows: The tokens a column.
///   - columns: The tokens a row.
///   - patch: The width and height of a token's square.
///   - channels: The channels of the result.
/// - Returns: `[batch, channels, rows · patch, columns · patch]`.
func unpatched(
  _ tokens: Tensor, rows: Int, columns: Int, patch: Int, channels: Int
) -> Tensor {
  tokens.reshaped(-1, rows, columns, patch, patch, channels)
    .permuted(0, 5, 1, 3, 2, 4)
    .reshaped(-1, channels, rows * patch, columns * patch)
}

/// `x · (scale + 1) + shift` in one pass.
func modulated(_ x: Tensor, by scale: Tensor, _ shift: Tensor) -> Tensor {
  shift.addingProduct(of: x, and: scale + 1)
}
