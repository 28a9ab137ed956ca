#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <vector>

#include "Kernels.hpp"
#include "Parallel.hpp"
#include "Vectors.hpp"
#include "include/Runtime.h"

// Group normalization, https://arxiv.org/abs/1803.08494, of features whose channels lie side by
// side, and SiLU of the result in the same pass.
//
// LibTorch sums up such features in float32: at 2048 × 2048 places its results are off by 1.5e-3.
// Here, for bfloat16 as well, the sums of eight numbers are in float32, and the rest in double precision, of differences
// from the first place's numbers, so that a mean far from 0 costs no digits. The pieces that are
// summed up do not depend on the number of threads, and so neither do the results.

namespace {
using namespace ctorch;

constexpr int64_t pieceSize = 256;  // places whose sums are made at a time
constexpr int64_t together = 8;     // places whose sums are in float32

struct Sizes {
  int64_t batch, places, channels, groups;

  int64_t pieces() const { return (places + pieceSize - 1) / pieceSize; }
  int64_t width() const { return channels / groups; }
};

INLINE void add(const Floats &x, double *sums) {
  using Doubles = double __attribute__((vector_size(width * sizeof(double))));
  Doubles total;
  std::memcpy(&total, sums, sizeof total);
  total += __builtin_convertvector(x, Doubles);
  std::memcpy(sums, &total, sizeof total);
}

/// The sums of differences from a pivot and of their squares, over some places: `[2, channels]`.
template <typename Number>
INLINE void addUp(
  const Number *x, const Number *pivot, int64_t places, int64_t channels, double *sums) {
  std::fill_n(sums, 2 * channels, 0.0);
  for (int64_t first = 0; first < places; first += together) {
    const int64_t count = std::min(together, places - first);
    for (int64_t channel = 0; channel < channels; channel += width) {
      Floats middle, sum = {}, square = {};
      load(pivot + channel, middle);
      for (int64_t place = first; place < first + count; place++) {
        Floats v;
        load(x + place * channels + channel, v);
        v -= middle;
        sum += v;
        square += v * v;
      }
      add(sum, sums + channel);
      add(square, sums + channels + channel);
    }
  }
}

/// `x · scale + shift` of some places, and `silu` of that.
template <typename Number>
INLINE void apply(
  const Number *x, const float *scale, const float *shift, int64_t places, int64_t channels,
  bool activated, Number *y) {
  for (int64_t place = 0; place < places; place++)
    for (int64_t channel = 0; channel < channels; channel += width) {
      Floats v, factor, added;
      load(x + place * channels + channel, v);
      load(scale + channel, factor);
      load(shift + channel, added);
      v = v * factor + added;
      if (activated) {
        Floats e;
        exponential(-v, e);
        v = v / (1 + e);
      }
      store(v, y + place * channels + channel);
    }
}

// The loader does not pick among builds of a template.
PER_PROCESSOR void addUp(
  const void *x, const void *pivot, bool isHalf, int64_t places, int64_t channels, double *sums) {
  using Half = const c10::BFloat16 *;
  if (isHalf)
    addUp(static_cast<Half>(x), static_cast<Half>(pivot), places, channels, sums);
  else
    addUp(
      static_cast<const float *>(x), static_cast<const float *>(pivot), places, channels, sums);
}

PER_PROCESSOR void apply(
  const void *x, const float *scale, const float *shift, bool isHalf, int64_t places,
  int64_t channels, bool activated, void *y) {
  if (isHalf)
    apply(
      static_cast<const c10::BFloat16 *>(x), scale, shift, places, channels, activated,
      static_cast<c10::BFloat16 *>(y));
  else
    apply(
      static_cast<const float *>(x), scale, shift, places, channels, activated,
      static_cast<float *>(y));
}

/// What each channel of a picture is multiplied with and what is added then, from the sums of its
/// pieces, `[pieces, 2, channels]`.
template <typename Number>
void settle(
  const Sizes &s, const double *sums, const Number *pivot, const float *weight, const float *bias,
  double eps, float *scale, float *shift) {
  std::vector<double> total(2 * s.channels, 0.0);
  for (int64_t piece = 0; piece < s.pieces(); piece++)
    for (int64_t i = 0; i < 2 * s.channels; i++) total[i] += sums[piece * 2 * s.channels + i];
  const double places = s.places, count = places * s.width();
  for (int64_t first = 0; first < s.channels; first += s.width()) {
    double mean = 0, squares = 0;
    for (int64_t i = first; i < first + s.width(); i++)
      mean += (total[i] + places * pivot[i]) / count;
    // Σ (x - mean)², each channel's from its own pivot.
    for (int64_t i = first; i < first + s.width(); i++) {
      const double away = mean - pivot[i];
      squares += total[s.channels + i] - 2 * away * total[i] + places * away * away;
    }
    const double rate = 1 / std::sqrt(std::max(squares, 0.0) / count + eps);
    for (int64_t i = first; i < first + s.width(); i++) {
      const double factor = rate * (weight ? weight[i] : 1);
      scale[i] = static_cast<float>(factor);
      shift[i] = static_cast<float>((bias ? bias[i] : 0) - mean * factor);
    }
  }
}

template <typename Number>
at::Tensor normalize(
  const at::Tensor &x, const Sizes &s, const float *weight, const float *bias, double eps,
  bool activated) {
  const auto y = at::empty_like(x);
  const auto *from = x.const_data_ptr<Number>();
  auto *to = y.mutable_data_ptr<Number>();
  const int64_t size = s.places * s.channels;
  std::vector<double> sums(s.pieces() * 2 * s.channels);
  std::vector<float> scale(s.channels), shift(s.channels);
  constexpr bool isHalf = std::is_same_v<Number, c10::BFloat16>;
  // The numbers of piece `index`: where they begin, and how many places they are.
  const auto piece = [&](int64_t index) {
    return std::pair(
      index * pieceSize * s.channels, std::min(pieceSize, s.places - index * pieceSize));
  };
  for (int64_t picture = 0; picture < s.batch; picture++, from += size, to += size) {
    inParallel(0, s.pieces(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t index = begin; index < end; index++) {
        const auto [offset, places] = piece(index);
        addUp(
          from + offset, from, isHalf, places, s.channels, sums.data() + index * 2 * s.channels);
      }
    });
    settle(s, sums.data(), from, weight, bias, eps, scale.data(), shift.data());
    inParallel(0, s.pieces(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t index = begin; index < end; index++) {
        const auto [offset, places] = piece(index);
        apply(
          from + offset, scale.data(), shift.data(), isHalf, places, s.channels, activated,
          to + offset);
      }
    });
  }
  return y;
}

bool fits(
  const at::Tensor &x, int64_t groups, const std::optional<at::Tensor> &weight,
  const std::optional<at::Tensor> &bias) {
  const auto isOfChannels = [&](const std::optional<at::Tensor> &tensor) {
    return !tensor || (tensor->device().is_cpu() && tensor->scalar_type() == x.scalar_type() &&
                       tensor->dim() == 1 && tensor->size(0) == x.size(1));
  };
  const bool isKnown = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  return x.device().is_cpu() && isKnown && x.dim() == 4 && x.numel() > 0 &&
    x.is_contiguous(at::MemoryFormat::ChannelsLast) &&
    !at::autocast::is_autocast_enabled(at::kCPU) && groups > 0 && x.size(1) % groups == 0 &&
    x.size(1) % width == 0 && isOfChannels(weight) && isOfChannels(bias);
}
}  // namespace

CTensor ct_normalize_groups(
  CTensor x, int64_t groups, CTensor weight, CTensor bias, double eps, bool activated) {
  return ctorch::guardTensor([&] {
    const auto input = borrow(x);
    const auto factor = borrowOptional(weight), added = borrowOptional(bias);
    const bool isOurs =
      usesOwnKernels({&input, factor ? &*factor : nullptr, added ? &*added : nullptr}) &&
      fits(input, groups, factor, added);
    if (!isOurs) {
      const auto y = at::group_norm(input, groups, factor, added, eps);
      return activated ? at::silu(y) : y;
    }
    const Sizes s{input.size(0), input.size(2) * input.size(3), input.size(1), groups};
    const auto dense = [](const std::optional<at::Tensor> &tensor) {
      return tensor ? std::optional(tensor->to(at::kFloat).contiguous()) : std::nullopt;
    };
    const auto factors = dense(factor), addends = dense(added);
    const bool isHalf = input.scalar_type() == at::kBFloat16;
    return (isHalf ? normalize<c10::BFloat16> : normalize<float>)(
      input, s, factors ? factors->const_data_ptr<float>() : nullptr,
      addends ? addends->const_data_ptr<float>() : nullptr, eps, activated);
  });
}
