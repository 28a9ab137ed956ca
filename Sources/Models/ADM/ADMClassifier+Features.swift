internal import Layers
public import Torch

extension ADMClassifier {
  /// What the classifier sees in pictures: what its last layer makes the logits of.
  ///
  /// Where the pooling is attention, which has no such layer, it is the mean over all places of
  /// what is pooled.
  ///
  /// - Parameters:
  ///   - x: Noisy pictures, `[batch, inChannels, height, width]`.
  ///   - timesteps: The number that stands for the noise level, `[batch]`.
  /// - Returns: `[batch, features]`.
  public func features(_ x: Tensor, timesteps: Tensor) -> Tensor {
    let (skips, h) = encoder(x, condition: silu(encoder.embedding(timesteps, dtype: x.dtype)))
    switch head {
    case .adaptive(let norm, _), .attention(let norm, _):
      return norm.silu(h).mean(dims: [2, 3])
    case .spatial(let first, let norm, _):
      let features = (skips + [h]).map { $0.mean(dims: [2, 3]) }.concatenated(dim: 1)
      let hidden = first(features)
      return norm.map { silu($0(hidden)) } ?? hidden.relu()
    }
  }
}
