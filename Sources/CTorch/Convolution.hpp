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

  /// Those of the convolution that takes gradients by results to gradients by inputs, which is one
  /// of its own where the stride is 1.
  ConvolutionSizes adjoint() const {
    return {
      batch,   outHeight, outWidth, outputs, channels, height,
      width, kernel,  1,         kernel - 1 - padHeight, kernel - 1 - padWidth};
  }
};

/// Whether Winograd's algorithm can make a convolution, and has enough to do to be the faster way.
bool winogradFits(const ConvolutionSizes &sizes);

/// A convolution by it, of features whose channels lie side by side, in float32; the bias can be
/// absent. The adjoint's sizes are its own, and its kernels those of the convolution.
at::Tensor winograd(
  const at::Tensor &x, const at::Tensor &kernels, const float *bias,
  const ConvolutionSizes &sizes, bool isAdjoint = false);

/// The same where a gradient is recorded, which goes back by the same algorithm; that by kernels is
/// LibTorch's.
at::Tensor recordedWinograd(
  const at::Tensor &x, const at::Tensor &kernels, const std::optional<at::Tensor> &bias,
  const ConvolutionSizes &sizes);
}  // namespace ctorch
