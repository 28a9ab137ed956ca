package import Torch

/// The Euclidean norm of all gradients as one vector: of rank zero.
package func globalNorm(_ gradients: [Tensor]) -> Tensor {
  gradients.normEach().stacked().vectorNorm()
}

/// Scales the gradients, in place, so that their norm together is at most `maximum`.
///
/// Pascanu et al. 2013, algorithm 1, https://arxiv.org/abs/1211.5063; with PyTorch's 1e-6 in the
/// denominator.
package func clip(_ gradients: [Tensor], norm: Double, to maximum: Double) {
  let scale = maximum / (norm + 1e-6)
  if scale < 1 { gradients.multiplyEach(by: .real(scale)) }
}
