#include "include/Runtime.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "Kernels.hpp"
#include "Vectors.hpp"

// LibTorch computes the hyperbolic tangent to the last bit, which takes as long as the matrix
// product before it. gelu(x) = x / (1 + exp(-2u)) with u = √(2/π) (x + 0.044715 x³) needs one
// exponential, here to 2e-7 of its value: that is what float32 holds.

namespace {
using namespace ctorch;

constexpr float root = 0.797884561f;  // √(2/π)
constexpr float cube = 0.044715f;

/// The share 1 / (1 + exp(-2u)) of x that gelu lets through.
INLINE void share(const Floats &x, Floats &result) {
  const Floats u = root * x * (1 + cube * x * x);
  Floats e;
  exponential(-2 * u, e);
  result = 1 / (1 + e);
}

INLINE void value(const Floats &x, Floats &y) {
  Floats s;
  share(x, s);
  y = x * s;
}

INLINE void derivative(const Floats &x, Floats &d) {
  Floats s;
  share(x, s);
  d = s + x * s * (1 - s) * (2 * root) * (1 + 3 * cube * x * x);
}

/// `body` over all numbers, the last ones filled up to a vector.
template <typename Number, typename Body>
INLINE void forEach(int64_t count, Body body) {
  int64_t i = 0;
  for (; i + width <= count; i += width) body(i, width);
  if (i < count) body(i, count - i);
}

template <typename Number>
INLINE void forward(const Number *x, Number *y, int64_t count) {
  forEach<Number>(count, [&](int64_t i, int64_t some) __attribute__((always_inline)) {
    Floats v, g;
    loadSome(x + i, some, v);
    value(v, g);
    storeSome(g, some, y + i);
  });
}

template <typename Number>
INLINE void backward(const Number *x, const Number *gradient, Number *result, int64_t count) {
  forEach<Number>(count, [&](int64_t i, int64_t some) __attribute__((always_inline)) {
    Floats v, g, d;
    loadSome(x + i, some, v);
    loadSome(gradient + i, some, g);
    derivative(v, d);
    storeSome(g * d, some, result + i);
  });
}

PER_PROCESSOR void run(const float *x, float *y, int64_t count) { forward(x, y, count); }
PER_PROCESSOR void run(const c10::BFloat16 *x, c10::BFloat16 *y, int64_t count) {
  forward(x, y, count);
}
PER_PROCESSOR void runBack(const float *x, const float *g, float *result, int64_t count) {
  backward(x, g, result, count);
}
PER_PROCESSOR void runBack(
  const c10::BFloat16 *x, const c10::BFloat16 *g, c10::BFloat16 *result, int64_t count) {
  backward(x, g, result, count);
}

/// Enough numbers that a second thread is worth waking.
constexpr int64_t grain = 8192;

template <typename Body>
void byType(const at::Tensor &x, Body body) {
  if (x.scalar_type() == at::kFloat) return body(float{});
  body(c10::BFloat16{});
}

/// y = gelu(x), both contiguous; they may be the same memory.
void compute(const at::Tensor &x, const at::Tensor &y) {
  byType(x, [&]<typename Number>(Number) {
    const auto *from = x.const_data_ptr<Number>();
    auto *to = y.mutable_data_ptr<Number>();
    at::parallel_for(0, x.numel(), grain, [&](int64_t begin, int64_t end) {
      run(from + begin, to + begin, end - begin);
    });
  });
}

bool isOurs(const at::Tensor &x) {
  return x.device().is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

struct Gelu : torch::autograd::Function<Gelu> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x) {
    const auto own = x.contiguous();
    context->save_for_backward({own});
    auto y = at::empty_like(own);
    compute(own, y);
    return y;
  }

  static torch::autograd::variable_list backward(
    torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const auto x = context->get_saved_variables()[0];
    const auto gradient = gradients[0].contiguous();
    // LibTorch's own can be differentiated again.
    if (at::GradMode::is_enabled() || gradient.scalar_type() != x.scalar_type())
      return {at::gelu_backward(gradient, x, "tanh")};
    auto result = at::empty_like(x);
    byType(x, [&]<typename Number>(Number) {
      const auto *from = x.const_data_ptr<Number>();
      const auto *g = gradient.const_data_ptr<Number>();
      auto *to = result.mutable_data_ptr<Number>();
      at::parallel_for(0, x.numel(), grain, [&](int64_t begin, int64_t end) {
        runBack(from + begin, g + begin, to + begin, end - begin);
      });
    });
    return {result};
  }
};
}  // namespace

CTensor ct_gelu_tanh(CTensor handle, bool reuse) {
  return ctorch::guardTensor([&] {
    const auto x = ctorch::borrow(handle);
    if (!ctorch::ownKernels() || !isOurs(x)) return at::gelu(x, "tanh");
    if (at::GradMode::is_enabled() && x.requires_grad()) return Gelu::apply(x);
    const auto own = x.contiguous();
    const auto y = reuse ? own : at::empty_like(own);
    compute(own, y);
    return y;
  });
}
