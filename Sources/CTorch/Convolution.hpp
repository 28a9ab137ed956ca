// The ways in which our own convolutions are computed.
#pragma once
#include <ATen/core/Tensor.h>

namespace ctorch {

struct ConvolutionSizes {
  int64_t batch, height, width, channels;
  int64_t outputs, outHeight, outWidth;
  int64_t kernel, stride, padHeight, padWidth;

  /// The places of all results.
  int64_t results() const { return batch * outHeight * outWidth; }
};

/// Whether Winograd's algorithm can make a convolution, and has enough to do to be the faster way.
bool winogradFits(const ConvolutionSizes &sizes);

/// A convolution by it, of features whose channels lie side by side, in float32; the bias can be
/// absent.
at::Tensor winograd(
  const at::Tensor &x, const at::Tensor &kernels, const float *bias,
  const ConvolutionSizes &sizes);
}  // namespace ctorch
