#include <algorithm>
#include <vector>

#include "Convolution.hpp"
#include "Parallel.hpp"
#include "Vectors.hpp"

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
// piece of the result. Nothing is prepared or kept, which would take the kernels' memory four times
// more: turning them is a seventh of a call of Stable Diffusion 1.5's U-Net at 32 × 32 latents, two
// at a time, and the less the larger pictures are.

namespace {
using namespace ctorch;
using Sizes = ConvolutionSizes;

constexpr float a = 0.625f, b = 1.5f;
constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
constexpr int64_t step = 4;     // the results of a tile, along a side
constexpr int64_t side = 6;     // its inputs
constexpr int64_t places = 36;  // side²
constexpr int64_t rows = 6;     // the tiles that one kernel of products works on
constexpr int64_t panelsOfChunk = 16;
constexpr int64_t inputLimit = int64_t(6) << 20;   // numbers of turned inputs at a time
constexpr int64_t kernelLimit = int64_t(4) << 20;  // numbers of turned kernels at a time

INLINE int64_t tilesDown(const Sizes &s) { return (s.outHeight + step - 1) / step; }
INLINE int64_t tilesAcross(const Sizes &s) { return (s.outWidth + step - 1) / step; }
INLINE int64_t tiles(const Sizes &s) { return s.batch * tilesDown(s) * tilesAcross(s); }

struct Tile {
  int64_t picture, top, left;
};

INLINE Tile tileAt(int64_t index, const Sizes &s) {
  return {
    index / (tilesDown(s) * tilesAcross(s)), index / tilesAcross(s) % tilesDown(s) * step,
    index % tilesAcross(s) * step};
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
    for (int64_t block = 0; block < s.channels / width; block++) {
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
          turned + (((f * panels + panel) * s.channels / width + block) * rows + row) * width);
    }
  }
}

/// Kernels, `[16, channels, 3, 3]` in the order `[output, channel, row, column]` or, if their
/// channels lie side by side, `[output, row, column, channel]`: as `[place, channel, output]`.
PER_PROCESSOR void turnKernels(
  const float *kernels, bool areChannelsLast, int64_t channels, float *turned) {
  for (int64_t first = 0; first < channels; first += width) {
    // Nine squares of 16 outputs and 16 numbers of each, transposed.
    Floats numbers[9 * width];
    for (int64_t part = 0; part < 9; part++) {
      const int64_t offset = areChannelsLast ? part * channels + first : first * 9 + part * width;
      const float *from = kernels + offset;
      for (int64_t output = 0; output < width; output++)
        load(from + output * channels * 9, numbers[part * width + output]);
      transpose(numbers + part * width);
    }
    for (int64_t channel = 0; channel < width; channel++) {
      Floats g[9], half[18], u[side];
      for (int64_t i = 0; i < 9; i++)
        g[i] = numbers[areChannelsLast ? i * width + channel : channel * 9 + i];
      for (int64_t j = 0; j < 3; j++) turnKernel(g + j, 3, half + j, 3);
      for (int64_t i = 0; i < side; i++) {
        turnKernel(half + i * 3, 1, u, 1);
        for (int64_t j = 0; j < side; j++)
          store(u[j], turned + ((i * side + j) * channels + first + channel) * width);
      }
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
        inputLimit / (places * rows * s.channels), 1, (tiles(s) + rows - 1) / rows)),
      outputBlocks(
        std::clamp<int64_t>(kernelLimit / (places * width * s.channels), 1, s.outputs / width)) {}
};
}  // namespace

at::Tensor ctorch::winograd(
  const at::Tensor &x, const at::Tensor &given, const float *bias, const Sizes &s) {
  const auto kernels =
    given.is_contiguous(at::MemoryFormat::ChannelsLast) ? given : given.contiguous();
  const Pieces pieces(s);
  const auto options = x.options();
  const auto y = at::empty(
    {s.batch, s.outputs, s.outHeight, s.outWidth},
    options.memory_format(at::MemoryFormat::ChannelsLast));
  const auto turnedInputs = at::empty({places, pieces.panels, rows, s.channels}, options);
  const auto turnedKernels = at::empty({pieces.outputBlocks, places, s.channels, width}, options);
  const auto *from = x.const_data_ptr<float>(), *weights = kernels.const_data_ptr<float>();
  const bool areChannelsLast = !kernels.is_contiguous();
  auto *to = y.mutable_data_ptr<float>();
  auto *inputs = turnedInputs.mutable_data_ptr<float>();
  auto *turned = turnedKernels.mutable_data_ptr<float>();
  const int64_t panelSize = rows * s.channels, kernelSize = places * s.channels * width;

  for (int64_t first = 0; first < tiles(s); first += pieces.panels * rows) {
    const int64_t end = std::min(first + pieces.panels * rows, tiles(s));
    inParallel(first, end, rows, [&](int64_t begin, int64_t end) {
      turnInputs(from, s, begin, end, first, pieces.panels, inputs);
    });
    const int64_t used = (end - first + rows - 1) / rows;
    const int64_t chunks = (used + panelsOfChunk - 1) / panelsOfChunk;
    for (int64_t output = 0; output < s.outputs / width; output += pieces.outputBlocks) {
      const int64_t blocks = std::min(pieces.outputBlocks, s.outputs / width - output);
      if (first == 0 || blocks < s.outputs / width)
        inParallel(0, blocks, 1, [&](int64_t begin, int64_t end) {
          for (int64_t block = begin; block < end; block++)
            turnKernels(
              weights + (output + block) * width * s.channels * 9, areChannelsLast, s.channels,
              turned + block * kernelSize);
        });
      inParallel(0, blocks * chunks, 1, [&](int64_t begin, int64_t pieceEnd) {
        std::vector<float> products(places * panelsOfChunk * rows * width);
        for (int64_t piece = begin; piece < pieceEnd; piece++) {
          const int64_t block = piece % blocks, panel = piece / blocks * panelsOfChunk;
          const int64_t count = std::min(panelsOfChunk, used - panel);
          const int64_t firstOutput = (output + block) * width;
          multiply(
            inputs + panel * panelSize, pieces.panels * panelSize, count,
            turned + block * kernelSize, s.channels / width, products.data());
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

bool ctorch::winogradFits(const Sizes &s) {
  return s.kernel == 3 && s.stride == 1 && s.padHeight <= 1 && s.padWidth <= 1 &&
    s.channels % width == 0 && s.outputs % width == 0 && tiles(s) >= rows &&
    tiles(s) * step * step <= 2 * s.results();
}
