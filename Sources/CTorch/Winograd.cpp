#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <vector>

#include "Kernels.hpp"
#include "Vectors.hpp"
#include "include/Runtime.h"

// Convolutions of width 3 by Winograd's minimal algorithm F(4×4, 3×3), Lavin & Gray 2016,
// https://arxiv.org/abs/1509.09308: a tile of 4 × 4 results is made of 36 products and not of 144.
//
//   y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A
//
// with g the kernel, d the 6 × 6 inputs that the tile looks at, and the polynomials of Cook and Toom
// behind it evaluated at 0, ±a, ±b and ∞. With the usual 1 and 2 the result is four times further
// from the exact one than with 5/8 and 3/2, with which it is as near as a sum in float32 is.
//
// The three steps go over pieces that the caches hold: inputs of some tiles become 36 matrices
// [tiles, channels], kernels of some outputs 36 matrices [channels, outputs], and their products a
// piece of the result. Nothing is prepared or kept: turning the kernels takes less than a tenth of
// the time that the algorithm saves.

namespace {
using namespace ctorch;

constexpr float a = 0.625f, b = 1.5f;
constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
constexpr int64_t step = 4;     // the results of a tile, along a side
constexpr int64_t side = 6;     // its inputs
constexpr int64_t places = 36;  // side²
constexpr int64_t rows = 6;     // the tiles that one kernel of products works on
constexpr int64_t panelsOfChunk = 16;
constexpr int64_t inputLimit = int64_t(6) << 20;   // numbers of turned inputs at a time
constexpr int64_t kernelLimit = int64_t(4) << 20;  // numbers of turned kernels at a time

struct Sizes {
  int64_t batch, height, width, channels;
  int64_t outputs, outHeight, outWidth;
  int64_t padHeight, padWidth;
  int64_t tilesDown, tilesAcross;

  INLINE int64_t tiles() const { return batch * tilesDown * tilesAcross; }
  INLINE int64_t channelBlocks() const { return channels / ctorch::width; }
  INLINE int64_t outputBlocks() const { return outputs / ctorch::width; }
};

struct Tile {
  int64_t picture, top, left;
};

INLINE Tile tileAt(int64_t index, const Sizes &s) {
  return {
    index / (s.tilesDown * s.tilesAcross), index / s.tilesAcross % s.tilesDown * step,
    index % s.tilesAcross * step};
}

/// One side of Bᵀ d.
INLINE void turnInput(const Floats *d, int64_t stride, Floats *v) {
  const Floats d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride],
               d4 = d[4 * stride], d5 = d[5 * stride];
  const Floats evenA = d4 - b2 * d2, oddA = a * (d3 - b2 * d1);
  const Floats evenB = d4 - a2 * d2, oddB = b * (d3 - a2 * d1);
  v[0] = a2 * b2 * d0 - (a2 + b2) * d2 + d4;
  v[stride] = evenA + oddA;
  v[2 * stride] = evenA - oddA;
  v[3 * stride] = evenB + oddB;
  v[4 * stride] = evenB - oddB;
  v[5 * stride] = a2 * b2 * d1 - (a2 + b2) * d3 + d5;
}

/// One side of G g.
INLINE void turnKernel(const Floats *g, int64_t stride, Floats *u, int64_t uStride) {
  constexpr float ofZero = 1 / (a2 * b2);
  constexpr float ofA = 1 / (2 * a2 * (a2 - b2)), ofB = 1 / (2 * b2 * (b2 - a2));
  const Floats evenA = ofA * g[0] + ofA * a2 * g[2 * stride], oddA = ofA * a * g[stride];
  const Floats evenB = ofB * g[0] + ofB * b2 * g[2 * stride], oddB = ofB * b * g[stride];
  u[0] = ofZero * g[0];
  u[uStride] = evenA + oddA;
  u[2 * uStride] = evenA - oddA;
  u[3 * uStride] = evenB + oddB;
  u[4 * uStride] = evenB - oddB;
  u[5 * uStride] = g[2 * stride];
}

/// One side of Aᵀ m.
INLINE void turnBack(const Floats *m, int64_t stride, Floats *y, int64_t yStride) {
  const Floats evenA = m[stride] + m[2 * stride], oddA = m[stride] - m[2 * stride];
  const Floats evenB = m[3 * stride] + m[4 * stride], oddB = m[3 * stride] - m[4 * stride];
  y[0] = m[0] + evenA + evenB;
  y[yStride] = a * oddA + b * oddB;
  y[2 * yStride] = a2 * evenA + b2 * evenB;
  y[3 * yStride] = a3 * oddA + b3 * oddB + m[5 * stride];
}

/// Tiles `begin..<end` of pictures, `[batch, height, width, channels]`, in the order of the products:
/// `[place, panel, channel block, row of the panel, channel]`, the first of which is tile `first`.
PER_PROCESSOR void turnInputs(
  const float *x, const Sizes &s, int64_t begin, int64_t end, int64_t first, int64_t panels,
  float *turned) {
  for (int64_t index = begin; index < end; index++) {
    const Tile tile = tileAt(index, s);
    const int64_t top = tile.top - s.padHeight, left = tile.left - s.padWidth;
    const float *corner = x + ((tile.picture * s.height + top) * s.width + left) * s.channels;
    const int64_t panel = (index - first) / rows, row = (index - first) % rows;
    for (int64_t block = 0; block < s.channelBlocks(); block++) {
      Floats d[places];
      for (int64_t i = 0; i < side; i++)
        for (int64_t j = 0; j < side; j++) {
          const bool isInside =
            top + i >= 0 && top + i < s.height && left + j >= 0 && left + j < s.width;
          if (isInside)
            load(corner + (i * s.width + j) * s.channels + block * width, d[i * side + j]);
          else
            d[i * side + j] = Floats{};
        }
      for (int64_t j = 0; j < side; j++) turnInput(d + j, side, d + j);
      for (int64_t i = 0; i < side; i++) turnInput(d + i * side, 1, d + i * side);
      for (int64_t f = 0; f < places; f++)
        store(
          d[f],
          turned + (((f * panels + panel) * s.channelBlocks() + block) * rows + row) * width);
    }
  }
}

/// Kernels with the strides of their four dimensions, of 16 outputs: `[place, channel, output]`.
PER_PROCESSOR void turnKernels(
  const float *kernels, const int64_t *strides, int64_t channels, float *turned) {
  for (int64_t channel = 0; channel < channels; channel++) {
    Floats g[9], half[18], u[side];
    for (int64_t i = 0; i < 9; i++)
      for (int64_t output = 0; output < width; output++)
        g[i][output] = kernels
          [output * strides[0] + channel * strides[1] + i / 3 * strides[2] + i % 3 * strides[3]];
    for (int64_t j = 0; j < 3; j++) turnKernel(g + j, 3, half + j, 3);
    for (int64_t i = 0; i < side; i++) {
      turnKernel(half + i * 3, 1, u, 1);
      for (int64_t j = 0; j < side; j++)
        store(u[j], turned + ((i * side + j) * channels + channel) * width);
    }
  }
}

/// The products of some panels of tiles with the kernels of 16 outputs: `[place, tile, output]`.
PER_PROCESSOR void multiply(
  const float *tiles, int64_t stride, int64_t count, const float *kernels, int64_t channelBlocks,
  float *products) {
  const int64_t panelSize = channelBlocks * rows * width;
  for (int64_t f = 0; f < places; f++)
    for (int64_t panel = 0; panel < count; panel++) {
      const float *x = tiles + f * stride + panel * panelSize;
      const float *u = kernels + f * channelBlocks * width * width;
      Floats sums[rows] = {};
      for (int64_t block = 0; block < channelBlocks; block++, x += rows * width)
        for (int64_t channel = 0; channel < width; channel++, u += width) {
          Floats v;
          load(u, v);
          for (int64_t row = 0; row < rows; row++) sums[row] += x[row * width + channel] * v;
        }
      for (int64_t row = 0; row < rows; row++)
        store(sums[row], products + ((f * count + panel) * rows + row) * width);
    }
}

/// The results of tiles `begin..<end`, of 16 outputs.
PER_PROCESSOR void turnProducts(
  const float *products, int64_t tilesOfPlace, const float *bias, const Sizes &s, int64_t begin,
  int64_t end, float *y) {
  Floats added = {};
  if (bias) load(bias, added);
  for (int64_t index = begin; index < end; index++) {
    const Tile tile = tileAt(index, s);
    Floats m[places], half[step * side], result[step * step];
    for (int64_t f = 0; f < places; f++)
      load(products + (f * tilesOfPlace + index - begin) * width, m[f]);
    for (int64_t j = 0; j < side; j++) turnBack(m + j, side, half + j, side);
    for (int64_t i = 0; i < step; i++) turnBack(half + i * side, 1, result + i * step, 1);
    float *corner =
      y + ((tile.picture * s.outHeight + tile.top) * s.outWidth + tile.left) * s.outputs;
    const int64_t down = std::min(step, s.outHeight - tile.top);
    const int64_t across = std::min(step, s.outWidth - tile.left);
    for (int64_t i = 0; i < down; i++)
      for (int64_t j = 0; j < across; j++)
        store(result[i * step + j] + added, corner + (i * s.outWidth + j) * s.outputs);
  }
}

/// The panels of tiles and the blocks of outputs that are worked on at a time.
struct Pieces {
  int64_t panels, outputBlocks;

  explicit Pieces(const Sizes &s)
    : panels(std::clamp<int64_t>(
        inputLimit / (places * rows * s.channels), 1, (s.tiles() + rows - 1) / rows)),
      outputBlocks(
        std::clamp<int64_t>(kernelLimit / (places * width * s.channels), 1, s.outputBlocks())) {}
};

at::Tensor convolve(
  const at::Tensor &x, const at::Tensor &kernels, const float *bias, const Sizes &s) {
  const Pieces pieces(s);
  const auto options = x.options();
  const auto y = at::empty(
    {s.batch, s.outputs, s.outHeight, s.outWidth},
    options.memory_format(at::MemoryFormat::ChannelsLast));
  const auto turnedInputs = at::empty({places, pieces.panels, rows, s.channels}, options);
  const auto turnedKernels = at::empty({pieces.outputBlocks, places, s.channels, width}, options);
  const auto *from = x.const_data_ptr<float>(), *weights = kernels.const_data_ptr<float>();
  const auto *strides = kernels.strides().data();
  auto *to = y.mutable_data_ptr<float>();
  auto *tiles = turnedInputs.mutable_data_ptr<float>();
  auto *turned = turnedKernels.mutable_data_ptr<float>();
  const int64_t panelSize = rows * s.channels, kernelSize = places * s.channels * width;

  for (int64_t first = 0; first < s.tiles(); first += pieces.panels * rows) {
    const int64_t end = std::min(first + pieces.panels * rows, s.tiles());
    at::parallel_for(first, end, rows, [&](int64_t begin, int64_t end) {
      turnInputs(from, s, begin, end, first, pieces.panels, tiles);
    });
    const int64_t used = (end - first + rows - 1) / rows;
    const int64_t chunks = (used + panelsOfChunk - 1) / panelsOfChunk;
    for (int64_t output = 0; output < s.outputBlocks(); output += pieces.outputBlocks) {
      const int64_t blocks = std::min(pieces.outputBlocks, s.outputBlocks() - output);
      if (first == 0 || blocks < s.outputBlocks())
        at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
          for (int64_t block = begin; block < end; block++)
            turnKernels(
              weights + (output + block) * width * strides[0], strides, s.channels,
              turned + block * kernelSize);
        });
      at::parallel_for(0, blocks * chunks, 1, [&](int64_t begin, int64_t pieceEnd) {
        std::vector<float> products(places * panelsOfChunk * rows * width);
        for (int64_t piece = begin; piece < pieceEnd; piece++) {
          const int64_t block = piece % blocks, panel = piece / blocks * panelsOfChunk;
          const int64_t count = std::min(panelsOfChunk, used - panel);
          const int64_t firstOutput = (output + block) * width;
          multiply(
            tiles + panel * panelSize, pieces.panels * panelSize, count,
            turned + block * kernelSize, s.channelBlocks(), products.data());
          turnProducts(
            products.data(), count * rows, bias ? bias + firstOutput : nullptr, s,
            first + panel * rows, std::min(first + (panel + count) * rows, end),
            to + firstOutput);
        }
      });
    }
  }
  return y;
}

Sizes sizes(
  const at::Tensor &x, const at::Tensor &kernels, int64_t padHeight, int64_t padWidth) {
  const int64_t height = x.size(2) + 2 * padHeight - 2, width = x.size(3) + 2 * padWidth - 2;
  return {
    x.size(0), x.size(2), x.size(3), x.size(1), kernels.size(0), height, width, padHeight,
    padWidth, (height + step - 1) / step, (width + step - 1) / step};
}

/// Whether the algorithm can make this convolution, and has enough to do to be the faster one.
bool fits(
  const at::Tensor &x, const at::Tensor &kernels, const std::optional<at::Tensor> &bias,
  int64_t padHeight, int64_t padWidth) {
  const auto isPlain = [](const at::Tensor &tensor, int64_t rank) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == rank;
  };
  const bool isOurs = isPlain(x, 4) && isPlain(kernels, 4) && (!bias || isPlain(*bias, 1)) &&
    !at::autocast::is_autocast_enabled(at::kCPU);
  if (!isOurs || kernels.size(2) != 3 || kernels.size(3) != 3) return false;
  const bool isRegular = padHeight >= 0 && padHeight <= 1 && padWidth >= 0 && padWidth <= 1 &&
    x.size(1) == kernels.size(1) && (!bias || bias->size(0) == kernels.size(0)) &&
    x.size(1) % width == 0 && kernels.size(0) % width == 0 && x.numel() > 0 && kernels.numel() > 0;
  if (!isRegular) return false;
  const auto s = sizes(x, kernels, padHeight, padWidth);
  const int64_t results = s.batch * s.outHeight * s.outWidth;
  return s.outHeight > 0 && s.outWidth > 0 && s.tiles() >= rows &&
    s.tiles() * step * step <= 2 * results;
}
}  // namespace

CTensor ct_convolve(
  CTensor x, CTensor kernels, CTensor bias, int64_t stride, int64_t padHeight, int64_t padWidth,
  int64_t groups) {
  return ctorch::guardTensor([&] {
    const auto input = borrow(x), weight = borrow(kernels);
    const auto added = borrowOptional(bias);
    const bool isOurs = usesOwnKernels({&input, &weight, added ? &*added : nullptr});
    // The order that the kernels work in is oneDNN's fastest as well, so features stay in it.
    const auto ordered = isOurs && input.dim() == 4
      ? input.contiguous(at::MemoryFormat::ChannelsLast) : input;
    if (!isOurs || stride != 1 || groups != 1 || !fits(input, weight, added, padHeight, padWidth))
      return at::conv2d(
        ordered, weight, added, {stride, stride}, at::IntArrayRef{padHeight, padWidth}, 1, groups);
    const auto dense = added ? std::optional(added->contiguous()) : std::nullopt;
    return convolve(
      ordered, weight, dense ? dense->const_data_ptr<float>() : nullptr,
      sizes(input, weight, padHeight, padWidth));
  });
}
