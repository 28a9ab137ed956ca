#include "include/Runtime.h"

#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "Kernels.hpp"

// MKL copies both matrices of a product into the order in which its kernel reads them, each time
// anew. A layer whose weight stays can have it in that order once, for inputs of one number of rows.
// Builds of LibTorch without MKL don't have these operations.

namespace {
using Reorder = at::Tensor(const at::Tensor &, int64_t);
using Linear = at::Tensor(
  const at::Tensor &, const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &,
  int64_t);

template <typename Signature>
std::optional<c10::TypedOperatorHandle<Signature>> find(const char *name) {
  const auto found = c10::Dispatcher::singleton().findSchema({name, ""});
  if (!found) return std::nullopt;
  return found->typed<Signature>();
}

const auto &reorder() {
  static const auto found = find<Reorder>("mkl::_mkl_reorder_linear_weight");
  return found;
}

const auto &linear() {
  static const auto found = find<Linear>("mkl::_mkl_linear");
  return found;
}
}  // namespace

bool ct_can_pack(CTensor weight) {
  if (!weight) return false;
  bool can = false;
  ctorch::guard([&] {
    const auto tensor = ctorch::borrow(weight);
    can = reorder() && linear() && tensor.device().is_cpu() && tensor.dim() == 2 &&
      tensor.scalar_type() == at::kFloat && tensor.numel() > 0;
  });
  return can;
}

CTensor ct_pack(CTensor weight, int64_t rows) {
  return ctorch::guardTensor([&] {
    TORCH_CHECK(rows > 0, "a packed weight needs at least one row of input, found ", rows);
    return reorder()->call(ctorch::borrow(weight).contiguous(), rows);
  });
}

CTensor ct_packed_linear(
  CTensor x, CTensor packed, CTensor weight, CTensor bias, int64_t rows) {
  return ctorch::guardTensor([&] {
    const auto input = ctorch::borrow(x), plain = ctorch::borrow(weight);
    const auto added = ctorch::borrowOptional(bias);
    // MKL's operation looks at no sizes: what does not fit gets LibTorch's error.
    const bool fits = input.dim() > 0 && input.size(-1) == plain.size(1) &&
      input.scalar_type() == at::kFloat && input.device().is_cpu() &&
      (!added || (added->dim() == 1 && added->size(0) == plain.size(0)));
    if (!ctorch::usesOwnKernels({&input, &plain}) || !fits) return at::linear(input, plain, added);
    return linear()->call(input.contiguous(), ctorch::borrow(packed), plain, added, rows);
  });
}
