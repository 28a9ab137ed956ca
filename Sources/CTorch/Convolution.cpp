#include "Convolution.hpp"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>

#include "Kernels.hpp"
#include "include/Runtime.h"

namespace {
using namespace ctorch;

/// Up to so many results a convolution is one product: the time goes into reading the kernels, and
/// there they are read once and in their own order. The first number is beside Winograd's algorithm.
constexpr int64_t fewResults[] = {64, 128};

bool isPlain(const at::Tensor &tensor, int64_t rank) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == rank &&
    tensor.numel() > 0;
}

/// The sizes of a convolution that our own ways are for, if it is one and can be made at all.
std::optional<ConvolutionSizes> sizes(
  const at::Tensor &x, const at::Tensor &kernels, const std::optional<at::Tensor> &bias,
  int64_t stride, int64_t padHeight, int64_t padWidth, int64_t groups) {
  const bool isOurs = isPlain(x, 4) && isPlain(kernels, 4) && (!bias || isPlain(*bias, 1)) &&
    groups == 1 && stride > 0 && padHeight >= 0 && padWidth >= 0 &&
    !at::autocast::is_autocast_enabled(at::kCPU);
  if (!isOurs || x.size(1) != kernels.size(1) || kernels.size(2) != kernels.size(3) ||
      (bias && bias->size(0) != kernels.size(0)))
    return std::nullopt;
  const int64_t kernel = kernels.size(2);
  const int64_t height = x.size(2) + 2 * padHeight - kernel;
  const int64_t width = x.size(3) + 2 * padWidth - kernel;
  if (height < 0 || width < 0) return std::nullopt;
  return ConvolutionSizes{
    x.size(0), x.size(2), x.size(3), x.size(1), kernels.size(0), height / stride + 1,
    width / stride + 1, kernel, stride, padHeight, padWidth};
}

/// A convolution as the product of the kernels and of what each result looks at.
at::Tensor multiplied(
  const at::Tensor &x, const at::Tensor &kernels, const std::optional<at::Tensor> &bias,
  const ConvolutionSizes &s) {
  const auto seen = at::im2col(
    x, {s.kernel, s.kernel}, {1, 1}, {s.padHeight, s.padWidth}, {s.stride, s.stride});
  return at::linear(seen.transpose(1, 2), kernels.reshape({s.outputs, -1}), bias)
    .transpose(1, 2)
    .view({s.batch, s.outputs, s.outHeight, s.outWidth});
}
}  // namespace

CTensor ct_convolve(
  CTensor x, CTensor kernels, CTensor bias, int64_t stride, int64_t padHeight, int64_t padWidth,
  int64_t groups) {
  return ctorch::guardTensor([&] {
    const auto input = borrow(x), weight = borrow(kernels);
    const auto added = borrowOptional(bias);
    const auto plain = [&](const at::Tensor &x) {
      return at::conv2d(
        x, weight, added, {stride, stride}, at::IntArrayRef{padHeight, padWidth}, 1, groups);
    };
    if (!ownKernels()) return plain(input);
    const auto s = sizes(input, weight, added, stride, padHeight, padWidth, groups);
    if (!s) return plain(input);
    const bool isLarge = s->kernel > 1 && weight.numel() >= int64_t(1) << 20;
    const bool isFew = s->results() <= fewResults[winogradFits(*s) ? 0 : 1];
    if (isLarge && isFew && weight.is_contiguous())
      return multiplied(input, weight, added, *s);
    if (!usesOwnKernels({&input, &weight, added ? &*added : nullptr}))
      return winogradFits(*s) ? recordedWinograd(input, weight, added, *s) : plain(input);
    // The order that the kernels work in is oneDNN's fastest as well, so features stay in it.
    const auto ordered = input.contiguous(at::MemoryFormat::ChannelsLast);
    if (!winogradFits(*s)) return plain(ordered);
    const auto dense = added ? std::optional(added->contiguous()) : std::nullopt;
    return winograd(ordered, weight, dense ? dense->const_data_ptr<float>() : nullptr, *s);
  });
}
