#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <cstring>

#include "Bridge.hpp"
#include "Parallel.hpp"
#include "Quantization.hpp"
#include "TileProduct.hpp"
#include "include/Runtime.h"

// Linear maps and convolutions by the processor's matrix unit, of weights in the order in
// which it reads them. Features are in bfloat16; where weights are whole numbers of 8 bits, features
// become such numbers too: each row of a linear map by a scale of its own, and each picture.

namespace {
using namespace ctorch;

struct Sizes {
  int64_t outputs, channels, kernel;

  int64_t places() const { return kernel * kernel; }
  int64_t packed() const {
    return (outputs + tileOutputs - 1) / tileOutputs * tileOutputs * channels * places();
  }
};

/// A weight as it is packed, and what is done with its products.
struct Weight {
  at::Tensor packed;
  /// `[outputs]` in float32, of whole numbers.
  std::optional<at::Tensor> scales, bias;
  Sizes sizes;

  TileNumber number() const {
    return packed.scalar_type() == at::kChar ? TileNumber::int8 : TileNumber::bfloat16;
  }

  /// A product with it, whose rows are yet to be told.
  TileProduct product(const at::Tensor &y) const {
    const auto numbers = [](const std::optional<at::Tensor> &x) {
      return x ? x->const_data_ptr<float>() : nullptr;
    };
    return {
      number(), nullptr, 0, {}, {}, static_cast<const char *>(packed.const_data_ptr()),
      sizes.outputs, numbers(bias), nullptr, numbers(scales), 1,
      y.mutable_data_ptr<c10::BFloat16>()};
  }
};

bool fits(const at::Tensor &weight) {
  const bool isSquare = weight.dim() == 4 && weight.size(2) == weight.size(3);
  return weight.device().is_cpu() && (weight.dim() == 2 || isSquare) && weight.numel() > 0 &&
    weight.size(1) % tileDepth == 0;
}

Sizes sizes(const at::Tensor &weight) {
  return {weight.size(0), weight.size(1), weight.dim() == 4 ? weight.size(2) : 1};
}

void check(const at::Tensor &x, int64_t dimension, const Weight &w) {
  const auto &s = w.sizes;
  TORCH_CHECK(
    !(at::GradMode::is_enabled() && x.requires_grad()),
    "expected no gradient through packed weights, which have none");
  TORCH_CHECK(
    x.scalar_type() == at::kBFloat16 && x.device().is_cpu() && x.size(dimension) == s.channels,
    "expected ", s.channels, " channels in bfloat16, found ", x.sizes(), " in ", x.scalar_type());
  for (const auto *vector : {&w.bias, &w.scales})
    TORCH_CHECK(
      !*vector || ((*vector)->scalar_type() == at::kFloat && (*vector)->is_contiguous() &&
                   (*vector)->numel() == s.outputs),
      "expected a vector of ", s.outputs, " numbers in float32");
  TORCH_CHECK(
    w.packed.numel() == s.packed() && (w.scales || w.number() == TileNumber::bfloat16),
    "expected a packed weight of other sizes");
}

/// Blocks of rows that follow one another; the last one overlaps the one before.
std::vector<RowBlock> blocks(int64_t rows, int64_t rowBytes) {
  std::vector<RowBlock> blocks;
  for (int64_t row = 0; row < rows; row += tileRows) {
    const int64_t first = std::max<int64_t>(0, std::min(row, rows - tileRows));
    RowBlock block{first * rowBytes, {}};
    for (int64_t i = 0; i < tileRows; i++) {
      const int64_t to = first + i;
      block.to[i] = to >= row && to < rows ? static_cast<int32_t>(to) : -1;
    }
    blocks.push_back(block);
  }
  return blocks;
}

/// Rows as whole numbers, each by a scale of its own, and their scales.
std::pair<at::Tensor, at::Tensor> quantized(const at::Tensor &x, int64_t rows, int64_t channels) {
  const auto y = at::empty({rows, channels}, at::kChar), scales = at::empty({rows}, at::kFloat);
  const auto *from = x.const_data_ptr<c10::BFloat16>();
  auto *to = y.mutable_data_ptr<int8_t>();
  auto *scale = scales.mutable_data_ptr<float>();
  inParallel(0, rows, 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      scale[row] = greatest(from + row * channels, channels) / greatestInt8;
      quantize(from + row * channels, channels, scale[row], to + row * channels);
    }
  });
  return {y, scales};
}

at::Tensor linear(const at::Tensor &given, const Weight &w) {
  const auto &s = w.sizes;
  auto shape = given.sizes().vec();
  shape.back() = s.outputs;
  const auto y = at::empty(shape, given.options());
  if (y.numel() == 0) return y;
  const int64_t rows = given.numel() / s.channels;
  auto x = given.contiguous().view({rows, s.channels});
  at::Tensor scales;
  if (w.number() == TileNumber::int8) std::tie(x, scales) = quantized(x, rows, s.channels);
  // A tile is always filled: fewer rows than it has are followed by zeros.
  if (rows < tileRows) x = at::constant_pad_nd(x, {0, 0, 0, tileRows - rows});
  auto product = w.product(y);
  product.rows = static_cast<const char *>(x.const_data_ptr());
  product.rowStride = s.channels * bytesOf(w.number());
  product.blocks = blocks(rows, product.rowStride);
  if (scales.defined()) product.rowScales = scales.const_data_ptr<float>();
  for (const auto &step : tileSteps(s.channels, 1, w.number()))
    product.steps.push_back(step.channel * bytesOf(w.number()));
  product();
  return y;
}

/// The scale of each picture.
at::Tensor pictureScales(const at::Tensor &x) {
  const int64_t batch = x.size(0), lines = x.size(2), line = x.size(1) * x.size(3);
  const auto *from = x.const_data_ptr<c10::BFloat16>();
  const auto most = at::empty({batch, lines}, at::kFloat);
  auto *to = most.mutable_data_ptr<float>();
  inParallel(0, batch * lines, 4, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) to[i] = greatest(from + i * line, line);
  });
  return most.amax(1).div(greatestInt8).contiguous();
}

/// Pictures with zeros around them, their channels side by side, and rows of zeros at the end that
/// a block may reach into.
///
/// - `scales`: of each picture, for whole numbers; or null.
at::Tensor padded(
  const at::Tensor &x, const float *scales, int64_t padHeight, int64_t padWidth, int64_t stride) {
  const int64_t batch = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t size = scales ? 1 : sizeof(c10::BFloat16);
  const int64_t rows = height + 2 * padHeight, row = (width + 2 * padWidth) * channels * size;
  const int64_t slack = (tileRows * stride + 2) * channels * size;
  const auto y = at::empty({batch * rows * row + slack}, at::kByte);
  auto *to = y.mutable_data_ptr<uint8_t>();
  const auto *from = x.const_data_ptr<c10::BFloat16>();
  const int64_t side = padWidth * channels * size, line = width * channels;
  inParallel(0, batch * rows, 4, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; index++) {
      auto *const at = to + index * row;
      const int64_t picture = index / rows, i = index % rows - padHeight;
      if (i < 0 || i >= height) {
        std::memset(at, 0, row);
        continue;
      }
      const auto *own = from + (picture * height + i) * line;
      std::memset(at, 0, side);
      if (scales)
        quantize(own, line, scales[picture], reinterpret_cast<int8_t *>(at + side));
      else
        std::memcpy(at + side, own, line * size);
      std::memset(at + side + line * size, 0, side);
    }
  });
  std::memset(to + batch * rows * row, 0, slack);
  return y;
}

at::Tensor convolve(
  const at::Tensor &given, const Weight &w, int64_t stride, int64_t padHeight,
  int64_t padWidth) {
  const auto &s = w.sizes;
  const int64_t batch = given.size(0), pixel = s.channels * bytesOf(w.number());
  const int64_t rows = given.size(2) + 2 * padHeight, width = given.size(3) + 2 * padWidth;
  const int64_t outHeight = (rows - s.kernel) / stride + 1;
  const int64_t outWidth = (width - s.kernel) / stride + 1;
  const auto own = given.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor scales;
  if (w.number() == TileNumber::int8) scales = pictureScales(own);
  const auto *pictures = scales.defined() ? scales.const_data_ptr<float>() : nullptr;
  const auto x = padded(own, pictures, padHeight, padWidth, stride);
  const auto y = at::empty(
    {batch, s.outputs, outHeight, outWidth},
    given.options().memory_format(at::MemoryFormat::ChannelsLast));
  auto product = w.product(y);
  product.rows = static_cast<const char *>(x.const_data_ptr());
  product.rowStride = stride * pixel;
  product.rowScales = pictures;
  product.rowsOfScale = outHeight * outWidth;
  for (const auto &step : tileSteps(s.channels, s.places(), w.number())) {
    const int64_t down = step.place / s.kernel, across = step.place % s.kernel;
    product.steps.push_back(
      (down * width + across) * pixel + step.channel * bytesOf(w.number()));
  }
  // With a stride of 1 the places of a picture are one row after another, of which those that the
  // padding is between are computed and not kept; else each row has blocks of its own.
  const bool isWhole = stride == 1 && outWidth % tileRows != 0;
  const int64_t lineLength = isWhole ? (outHeight - 1) * width + outWidth : outWidth;
  const int64_t lines = isWhole ? 1 : outHeight;
  for (int64_t picture = 0; picture < batch; picture++)
    for (int64_t line = 0; line < lines; line++)
      for (int64_t first = 0; first < lineLength; first += tileRows) {
        RowBlock block{((picture * rows + line * stride) * width + first * stride) * pixel, {}};
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

template <typename Number>
at::Tensor packed(const at::Tensor &plain, const Sizes &s) {
  const auto packed = at::empty({s.packed()}, plain.options());
  packTiles(
    plain.const_data_ptr<Number>(), s.outputs, s.channels, s.places(),
    packed.mutable_data_ptr<Number>());
  return packed;
}
}  // namespace

bool ct_has_tiles(void) { return hasTiles(); }

CTensor ct_pack_tiles(CTensor weight, CTensor scales) {
  return guardTensor([&] {
    const auto given = borrow(weight);
    const auto scale = borrowOptional(scales);
    if (!hasTiles() || !fits(given)) return at::empty({0}, at::kBFloat16);
    const auto s = sizes(given);
    if (!scale || s.channels % depthOf(TileNumber::int8) != 0)
      return packed<c10::BFloat16>(given.to(at::kBFloat16).contiguous(), s);
    auto shape = std::vector<int64_t>(given.dim(), 1);
    shape[0] = s.outputs;
    const auto whole = given.to(at::kFloat).div(scale->view(shape)).nan_to_num().round();
    return packed<int8_t>(whole.to(at::kChar).contiguous(), s);
  });
}

CTensor ct_tile_linear(
  CTensor x, CTensor packed, CTensor scales, CTensor bias, int64_t outputs, int64_t channels) {
  return guardTensor([&] {
    const auto input = borrow(x);
    const Weight w{
      borrow(packed), borrowOptional(scales), borrowOptional(bias), {outputs, channels, 1}};
    check(input, -1, w);
    return linear(input, w);
  });
}

CTensor ct_tile_convolve(
  CTensor x, CTensor packed, CTensor scales, CTensor bias, int64_t outputs, int64_t channels,
  int64_t kernel, int64_t stride, int64_t padHeight, int64_t padWidth) {
  return guardTensor([&] {
    const auto input = borrow(x);
    const Weight w{
      borrow(packed), borrowOptional(scales), borrowOptional(bias),
      {outputs, channels, kernel}};
    TORCH_CHECK(
      input.dim() == 4 && stride > 0 && padHeight >= 0 && padWidth >= 0 &&
        input.size(2) + 2 * padHeight >= kernel && input.size(3) + 2 * padWidth >= kernel,
      "expected pictures not smaller than a kernel of ", kernel, ", found ", input.sizes());
    check(input, 1, w);
    return convolve(input, w, stride, padHeight, padWidth);
  });
}
