#include <ATen/Functions.h>

#include <cstring>

#include "Kernels.hpp"
#include "Parallel.hpp"
#include "TileAttention.hpp"
#include "TileProduct.hpp"
#include "include/Runtime.h"

// Linear maps, convolutions and attention in bfloat16 by the processor's matrix unit, of weights in the order
// in which it reads them.

namespace {
using namespace ctorch;

struct Sizes {
  int64_t outputs, channels, kernel;

  int64_t places() const { return kernel * kernel; }
};

bool fits(const at::Tensor &weight) {
  const bool isSquare = weight.dim() == 4 && weight.size(2) == weight.size(3);
  return weight.device().is_cpu() && (weight.dim() == 2 || isSquare) && weight.numel() > 0 &&
    weight.size(1) % tileDepth == 0;
}

Sizes sizes(const at::Tensor &weight) {
  return {weight.size(0), weight.size(1), weight.dim() == 4 ? weight.size(2) : 1};
}

/// The bias's numbers, if there is one: `[outputs]` in float32.
const float *numbers(const std::optional<at::Tensor> &bias, const Sizes &s) {
  if (!bias) return nullptr;
  TORCH_CHECK(
    bias->scalar_type() == at::kFloat && bias->is_contiguous() && bias->numel() == s.outputs,
    "expected a bias of ", s.outputs, " numbers in float32, found ", bias->sizes());
  return bias->const_data_ptr<float>();
}

void check(const at::Tensor &x, int64_t dimension, const at::Tensor &packed, const Sizes &s) {
  TORCH_CHECK(
    !(at::GradMode::is_enabled() && x.requires_grad()),
    "expected no gradient through packed weights, which have none");
  TORCH_CHECK(
    x.scalar_type() == at::kBFloat16 && x.device().is_cpu() && x.size(dimension) == s.channels,
    "expected ", s.channels, " channels in bfloat16, found ", x.sizes(), " in ", x.scalar_type());
  TORCH_CHECK(
    packed.numel() == (s.outputs + tileOutputs - 1) / tileOutputs * tileOutputs * s.channels *
      s.places(),
    "expected a packed weight of other sizes");
}

/// Blocks of rows that follow one another; the last one overlaps the one before.
std::vector<RowBlock> blocks(int64_t rows, int64_t channels) {
  std::vector<RowBlock> blocks;
  for (int64_t row = 0; row < rows; row += tileRows) {
    const int64_t first = std::max<int64_t>(0, std::min(row, rows - tileRows));
    RowBlock block{first * channels, {}};
    for (int64_t i = 0; i < tileRows; i++) {
      const int64_t to = first + i;
      block.to[i] = to >= row && to < rows ? static_cast<int32_t>(to) : -1;
    }
    blocks.push_back(block);
  }
  return blocks;
}

at::Tensor linear(
  const at::Tensor &given, const at::Tensor &packed, const float *bias, const Sizes &s) {
  auto shape = given.sizes().vec();
  shape.back() = s.outputs;
  const auto y = at::empty(shape, given.options());
  if (y.numel() == 0) return y;
  const int64_t rows = given.numel() / s.channels;
  auto x = given.contiguous();
  // A tile is always filled: fewer rows than it has are followed by zeros.
  if (rows < tileRows)
    x = at::constant_pad_nd(x.view({rows, s.channels}), {0, 0, 0, tileRows - rows});
  TileProduct product{
    x.const_data_ptr<c10::BFloat16>(), s.channels, {}, blocks(rows, s.channels),
    packed.const_data_ptr<c10::BFloat16>(), s.outputs, bias,
    y.mutable_data_ptr<c10::BFloat16>()};
  for (const auto &step : tileSteps(s.channels, 1)) product.steps.push_back(step.channel);
  product();
  return y;
}

/// Pictures with zeros around them, their channels side by side, and rows of zeros at the end that
/// a block may reach into.
at::Tensor padded(
  const at::Tensor &x, int64_t padHeight, int64_t padWidth, int64_t stride) {
  const int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t rows = height + 2 * padHeight, row = (width + 2 * padWidth) * channels;
  const int64_t slack = (tileRows * stride + 2) * channels;
  const auto y = at::empty({batch * rows * row + slack}, x.options());
  auto *to = y.mutable_data_ptr<c10::BFloat16>();
  const auto *from = x.const_data_ptr<c10::BFloat16>();
  const int64_t side = padWidth * channels, line = width * channels;
  const auto clear = [](c10::BFloat16 *at, int64_t count) {
    std::memset(static_cast<void *>(at), 0, count * sizeof(c10::BFloat16));
  };
  inParallel(0, batch * rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; index++) {
      auto *const at = to + index * row;
      const int64_t picture = index / rows, i = index % rows - padHeight;
      if (i < 0 || i >= height) {
        clear(at, row);
        continue;
      }
      clear(at, side);
      std::memcpy(at + side, from + (picture * height + i) * line, line * sizeof *from);
      clear(at + side + line, side);
    }
  });
  clear(to + batch * rows * row, slack);
  return y;
}

at::Tensor convolve(
  const at::Tensor &given, const at::Tensor &packed, const float *bias, const Sizes &s,
  int64_t stride, int64_t padHeight, int64_t padWidth) {
  const int64_t batch = given.size(0);
  const int64_t rows = given.size(2) + 2 * padHeight, width = given.size(3) + 2 * padWidth;
  const int64_t outHeight = (rows - s.kernel) / stride + 1;
  const int64_t outWidth = (width - s.kernel) / stride + 1;
  const auto x = padded(
    given.contiguous(at::MemoryFormat::ChannelsLast), padHeight, padWidth, stride);
  const auto y = at::empty(
    {batch, s.outputs, outHeight, outWidth},
    given.options().memory_format(at::MemoryFormat::ChannelsLast));
  TileProduct product{
    x.const_data_ptr<c10::BFloat16>(), stride * s.channels, {}, {},
    packed.const_data_ptr<c10::BFloat16>(), s.outputs, bias,
    y.mutable_data_ptr<c10::BFloat16>()};
  for (const auto &step : tileSteps(s.channels, s.places())) {
    const int64_t down = step.place / s.kernel, across = step.place % s.kernel;
    product.steps.push_back((down * width + across) * s.channels + step.channel);
  }
  // With a stride of 1 the places of a picture are one row after another, of which those that the
  // padding is between are computed and not kept; else each row has blocks of its own.
  const bool isWhole = stride == 1 && outWidth % tileRows != 0;
  const int64_t lineLength = isWhole ? (outHeight - 1) * width + outWidth : outWidth;
  const int64_t lines = isWhole ? 1 : outHeight;
  for (int64_t picture = 0; picture < batch; picture++)
    for (int64_t line = 0; line < lines; line++)
      for (int64_t first = 0; first < lineLength; first += tileRows) {
        RowBlock block{
          ((picture * rows + line * stride) * width + first * stride) * s.channels, {}};
        for (int64_t i = 0; i < tileRows; i++) {
          const int64_t at = first + i;
          const int64_t row = isWhole ? at / width : line, column = isWhole ? at % width : at;
          const bool isKept = at < lineLength && column < outWidth;
          block.to[i] =
            isKept ? static_cast<int32_t>((picture * outHeight + row) * outWidth + column) : -1;
        }
        product.blocks.push_back(block);
      }
  product();
  return y;
}
/// Tokens whose numbers lie side by side, and whose places are no further than gathers reach.
bool areTokens(const at::Tensor &x) {
  return x.device().is_cpu() && x.scalar_type() == at::kBFloat16 && x.dim() == 3 &&
    x.numel() > 0 && x.stride(2) == 1 && x.stride(1) < int64_t(1) << 25;
}

HeadTokens tokens(const at::Tensor &x) {
  return {x.const_data_ptr<c10::BFloat16>(), x.stride(0), x.stride(1), x.size(1)};
}
}  // namespace

bool ct_has_tiles(void) { return hasTiles(); }

CTensor ct_pack_tiles(CTensor weight) {
  return guardTensor([&] {
    const auto given = borrow(weight);
    if (!hasTiles() || !fits(given)) return at::empty({0}, at::kBFloat16);
    const auto s = sizes(given);
    const auto plain = given.to(at::kBFloat16).contiguous();
    const int64_t columns = (s.outputs + tileOutputs - 1) / tileOutputs;
    const auto packed = at::empty({columns * tileOutputs * s.channels * s.places()}, at::kBFloat16);
    packTiles(
      plain.const_data_ptr<c10::BFloat16>(), s.outputs, s.channels, s.places(),
      packed.mutable_data_ptr<c10::BFloat16>());
    return packed;
  });
}

CTensor ct_tile_linear(CTensor x, CTensor packed, CTensor bias, int64_t outputs, int64_t channels) {
  return guardTensor([&] {
    const auto input = borrow(x), weight = borrow(packed);
    const auto added = borrowOptional(bias);
    const Sizes s{outputs, channels, 1};
    check(input, -1, weight, s);
    return linear(input, weight, numbers(added, s), s);
  });
}

CTensor ct_tile_convolve(
  CTensor x, CTensor packed, CTensor bias, int64_t outputs, int64_t channels, int64_t kernel,
  int64_t stride, int64_t padHeight, int64_t padWidth) {
  return guardTensor([&] {
    const auto input = borrow(x), weight = borrow(packed);
    const auto added = borrowOptional(bias);
    const Sizes s{outputs, channels, kernel};
    TORCH_CHECK(
      input.dim() == 4 && stride > 0 && padHeight >= 0 && padWidth >= 0 &&
        input.size(2) + 2 * padHeight >= kernel && input.size(3) + 2 * padWidth >= kernel,
      "expected pictures not smaller than a kernel of ", kernel, ", found ", input.sizes());
    check(input, 1, weight, s);
    return convolve(input, weight, numbers(added, s), s, stride, padHeight, padWidth);
  });
}

bool ct_tile_attention_fits(
  CTensor queries, CTensor keys, CTensor values, CTensor mask, int64_t heads) {
  if (!queries || !keys || !values || !hasTiles()) return false;
  const auto q = borrow(queries), k = borrow(keys), v = borrow(values);
  const auto added = borrowOptional(mask);
  const int64_t channels = q.dim() == 3 ? q.size(2) : 0, batch = q.size(0);
  const auto isAlike = [&](const at::Tensor &x) {
    return x.size(0) == batch && x.size(1) == k.size(1) && x.size(2) == channels;
  };
  return usesOwnKernels({&q, &k, &v}) && areTokens(q) && areTokens(k) && areTokens(v) &&
    isAlike(k) && isAlike(v) && heads > 0 && channels % (2 * heads) == 0 &&
    (!added ||
     (added->dim() == 4 && added->sizes() == at::IntArrayRef({batch, 1, 1, k.size(1)})));
}

CTensor ct_tile_attention(
  CTensor queries, CTensor keys, CTensor values, CTensor mask, int64_t heads) {
  return guardTensor([&] {
    TORCH_CHECK(
      ct_tile_attention_fits(queries, keys, values, mask, heads),
      "expected tokens of ", heads, " heads in bfloat16");
    const auto q = borrow(queries);
    const auto given = borrowOptional(mask);
    const auto added = given ? given->to(at::kFloat).contiguous() : at::Tensor();
    const auto y = at::empty(q.sizes(), q.options());
    TileAttention{
      tokens(q), tokens(borrow(keys)), tokens(borrow(values)), q.size(0), heads,
      q.size(2) / heads, given ? added.const_data_ptr<float>() : nullptr,
      y.mutable_data_ptr<c10::BFloat16>()}();
    return y;
  });
}
