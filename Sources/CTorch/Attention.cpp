#include "Attention.hpp"

#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>

#include "Kernels.hpp"
#include "Tiles.hpp"
#include "include/Runtime.h"

// Which attention goes through kernels of our own.

namespace {
using namespace ctorch;

/// Tokens whose numbers lie side by side; in bfloat16, whose places are no further than gathers
/// reach.
bool areTokens(const at::Tensor &x) {
  return x.device().is_cpu() && x.dim() == 3 && x.numel() > 0 && x.stride(2) == 1 &&
    (x.scalar_type() == at::kFloat || x.stride(1) < int64_t(1) << 25);
}

template <typename Number>
HeadTokens<Number> tokens(const at::Tensor &x) {
  return {x.const_data_ptr<Number>(), x.stride(0), x.stride(1), x.size(1)};
}

/// Whether there is a kernel for a type. Autocast would have LibTorch compute float32 in bfloat16.
bool isKnown(at::ScalarType type, int64_t depth) {
  if (type == at::kFloat) return !at::autocast::is_autocast_enabled(at::kCPU);
  return type == at::kBFloat16 && hasTiles() && depth % 2 == 0;
}

template <typename Number>
void attend(
  const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const AttentionMask &mask,
  int64_t heads, const at::Tensor &y) {
  Attention<Number>{
    tokens<Number>(q), tokens<Number>(k), tokens<Number>(v), q.size(0), heads, q.size(2) / heads,
    mask, y.mutable_data_ptr<Number>()}();
}
}  // namespace

bool ct_attention_fits(
  CTensor queries, CTensor keys, CTensor values, CTensor mask, int64_t heads) {
  if (!queries || !keys || !values) return false;
  const auto q = borrow(queries), k = borrow(keys), v = borrow(values);
  const auto added = borrowOptional(mask);
  if (!areTokens(q) || !areTokens(k) || !areTokens(v)) return false;
  const int64_t channels = q.size(2), batch = q.size(0);
  const auto isAlike = [&](const at::Tensor &x) {
    return x.size(0) == batch && x.size(1) == k.size(1) && x.size(2) == channels &&
      x.scalar_type() == q.scalar_type();
  };
  if (
    heads <= 0 || channels % heads != 0 || !isAlike(k) || !isAlike(v) ||
    !isKnown(q.scalar_type(), channels / heads) ||
    !usesOwnKernels({&q, &k, &v, added ? &*added : nullptr}))
    return false;
  if (!added) return true;
  const int64_t full[] = {batch, heads, q.size(1)};
  if (
    !added->device().is_cpu() || !added->is_floating_point() || added->dim() != 4 ||
    added->size(3) != k.size(1))
    return false;
  for (int64_t i = 0; i < 3; i++) {
    const bool mayDiffer = i == 0 || q.scalar_type() == at::kFloat;
    if (added->size(i) != 1 && !(mayDiffer && added->size(i) == full[i])) return false;
  }
  return true;
}

CTensor ct_attention(CTensor queries, CTensor keys, CTensor values, CTensor mask, int64_t heads) {
  return guardTensor([&] {
    TORCH_CHECK(
      ct_attention_fits(queries, keys, values, mask, heads), "expected tokens of ", heads,
      " heads");
    const auto q = borrow(queries), k = borrow(keys), v = borrow(values);
    const auto given = borrowOptional(mask);
    const auto added = given ? given->to(at::kFloat).contiguous() : at::Tensor();
    AttentionMask found{};
    if (given) {
      const auto stride = [&](int64_t i) { return added.size(i) == 1 ? 0 : added.stride(i); };
      found = {added.const_data_ptr<float>(), stride(0), stride(1), stride(2)};
    }
    const auto y = at::empty(q.sizes(), q.options());
    if (q.scalar_type() == at::kFloat)
      attend<float>(q, k, v, found, heads, y);
    else
      attend<c10::BFloat16>(q, k, v, found, heads, y);
    return y;
  });
}
