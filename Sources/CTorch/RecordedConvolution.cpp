#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "Convolution.hpp"

// Convolutions of training by Winograd's algorithm. The gradient by the inputs is a convolution of the
// gradient by the results, with channels and outputs exchanged and each kernel turned by half a
// circle. Where the kernels have no gradient, as beside low-rank additions, the inputs are not kept.

namespace {
using namespace ctorch;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor ordered(const at::Tensor &x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }

at::Tensor adjoint(const at::Tensor &gradient, const at::Tensor &kernels, const ConvolutionSizes &s) {
  const auto sizes = s.adjoint();
  // LibTorch's can be differentiated again, and does what Winograd's algorithm is not for.
  if (at::GradMode::is_enabled() || !winogradFits(sizes))
    return at::conv_transpose2d(
      gradient, kernels, {}, s.stride, at::IntArrayRef{s.padHeight, s.padWidth});
  return winograd(ordered(gradient), kernels, nullptr, sizes, true);
}

struct Recorded : torch::autograd::Function<Recorded> {
  static at::Tensor forward(
    AutogradContext *context, const at::Tensor &x, const at::Tensor &kernels,
    const std::optional<at::Tensor> &bias, const ConvolutionSizes &sizes) {
    const bool isFrozen = !kernels.requires_grad();
    context->save_for_backward({kernels, isFrozen ? at::Tensor() : x});
    context->saved_data["sizes"] = std::vector<int64_t>{
      sizes.batch,     sizes.height,   sizes.width,  sizes.channels, sizes.outputs,   sizes.outHeight,
      sizes.outWidth, sizes.kernel, sizes.stride, sizes.padHeight, sizes.padWidth};
    context->saved_data["hasBias"] = bias.has_value();
    const auto added = bias ? std::optional(bias->contiguous()) : std::nullopt;
    return winograd(
      ordered(x), kernels, added ? added->const_data_ptr<float>() : nullptr, sizes);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto n = context->saved_data["sizes"].toIntVector();
    const ConvolutionSizes s{n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10]};
    const auto &gradient = gradients[0], &kernels = saved[0];
    variable_list results(4);
    if (context->needs_input_grad(0)) results[0] = adjoint(gradient, kernels, s);
    if (context->needs_input_grad(1))
      results[1] = std::get<1>(at::convolution_backward(
        gradient, saved[1], kernels, std::nullopt, {s.stride, s.stride}, {s.padHeight, s.padWidth},
        {1, 1}, false, {0, 0}, 1, {false, true, false}));
    if (context->saved_data["hasBias"].toBool() && context->needs_input_grad(2))
      results[2] = gradient.sum({0, 2, 3});
    return results;
  }
};
}  // namespace

at::Tensor ctorch::recordedWinograd(
  const at::Tensor &x, const at::Tensor &kernels, const std::optional<at::Tensor> &bias,
  const ConvolutionSizes &sizes) {
  return Recorded::apply(x, kernels, bias, sizes);
}
