package import Torch

/// The direction of a sentence: the mean of its tokens' states, brought to length 1.
///
/// Reimers and Gurevych 2019, section 3, https://arxiv.org/abs/1908.10084. The product of two such
/// vectors, in [-1, 1], says how alike two sentences are.
///
/// - Parameters:
///   - states: `[batch, tokens, channels]`.
///   - mask: 1 for a token of the text and 0 for padding, `[batch, tokens]`.
/// - Returns: `[batch, channels]`.
package func sentenceEmbedding(_ states: Tensor, mask: Tensor) -> Tensor {
  let weights = mask.converted(to: states.dtype).unsqueezed(-1)
  let count = weights.sum(dims: [1]).clamped(min: 1)
  let mean = (states * weights).sum(dims: [1]) / count
  return mean / mean.vectorNorm(dims: [-1], keepingDims: true).clamped(min: 1e-12)
}
