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
// Inputs of some tiles become 36 matrices [tiles, channels]. Each thread then turns the kernels of
// some outputs and channels into 36 matrices [channels, outputs] that its second cache holds, and
// adds their products to a piece of the result. Nothing is prepared or kept, which would take the
// kernels' memory four times more.

namespace {
using namespace ctorch;
using Sizes = ConvolutionSizes;

constexpr float a = 0.625f, b = 1.5f;
constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
constexpr int64_t step = 4;     // the results of a tile, along a side
constexpr int64_t side = 6;     // its inputs
constexpr int64_t places = 36;  // side²
constexpr int64_t rows = 6;     // the tiles of a panel, which one kernel of products works on

// What is worked on at a time. Kernels are turned for at most so many channels, outputs and panels of
// tiles, which was the fastest of seven choices for the convolutions of Stable Diffusion 1.5.
constexpr int64_t blocksOfPiece = 4;  // of 16 channels
constexpr int64_t outputBlocks = 2;   // of 16 outputs
constexpr int64_t panelsOfChunk = 24;
constexpr int64_t inputLimit = int64_t(6) << 20;  // numbers of turned inputs

// The turned kernels of a place. One vector more than they are, because 36 places at a distance of a
// power of two would share a few sets of the first cache.
constexpr int64_t placeStride = (blocksOfPiece * width * outputBlocks + 1) * width;

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

/// Where the turned inputs of a chunk of panels and a piece of the channels lie: chunk after chunk,
/// in each piece after piece, `[place, panel, channel block, row of the panel, channel]`.
struct InputPiece {
  int64_t panels, blocks, offset;

  INLINE static InputPiece at(int64_t chunk, int64_t block, int64_t panels, const Sizes &s) {
    InputPiece piece;
    const int64_t firstBlock = block / blocksOfPiece * blocksOfPiece;
    piece.panels = std::min(panelsOfChunk, panels - chunk * panelsOfChunk);
    piece.blocks = std::min(blocksOfPiece, s.channels / width - firstBlock);
    piece.offset = places * rows *
      (chunk * panelsOfChunk * s.channels + piece.panels * firstBlock * width);
    return piece;
  }
};

/// Tiles `begin..<end` of pictures, `[batch, height, width, channels]`, of so many panels, the first
/// of which begins with tile `first`.
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
      const auto piece = InputPiece::at(panel / panelsOfChunk, block, panels, s);
      float *to = turned + piece.offset +
        ((panel % panelsOfChunk * piece.blocks + block % blocksOfPiece) * rows + row) * width;
      for (int64_t f = 0; f < places; f++)
        store(d[f], to + f * piece.panels * piece.blocks * rows * width);
    }
  }
}

/// Kernels `[outputs, channels, 3, 3]` in memory, in that order or with the channels of each place side
/// by side.
struct KernelMemory {
  const float *numbers;
  bool areChannelsLast;
  /// Those of the whole weight, which are inputs of the convolution's adjoint.
  int64_t channels;
};

/// The numbers of 16 outputs from `output` on and 16 channels from `channel` on, as `[channel, row,
/// column, output]`.
INLINE void loadKernels(
  const KernelMemory &kernels, int64_t output, int64_t channel, Floats *numbers) {
  // Nine squares of 16 outputs and 16 numbers of each, transposed.
  Floats squares[9 * width];
  for (int64_t part = 0; part < 9; part++) {
    const int64_t offset =
      kernels.areChannelsLast ? part * kernels.channels + channel : channel * 9 + part * width;
    const float *from = kernels.numbers + output * kernels.channels * 9 + offset;
    for (int64_t row = 0; row < width; row++)
      load(from + row * kernels.channels * 9, squares[part * width + row]);
    transpose(squares + part * width);
  }
  for (int64_t i = 0; i < 9 * width; i++)
    numbers[i] = squares[kernels.areChannelsLast ? i % 9 * width + i / 9 : i];
}

/// The same of the adjoint, whose outputs are the weight's channels and whose channels are its
/// outputs, and whose kernels are turned by half a circle.
INLINE void loadAdjointKernels(
  const KernelMemory &kernels, int64_t output, int64_t channel, Floats *numbers) {
  for (int64_t row = 0; row < width; row++) {
    const float *from = kernels.numbers + (channel + row) * kernels.channels * 9;
    for (int64_t place = 0; place < 9; place++) {
      Floats &to = numbers[row * 9 + 8 - place];
      if (kernels.areChannelsLast) {
        load(from + place * kernels.channels + output, to);
      } else {
        for (int64_t i = 0; i < width; i++) to[i] = from[(output + i) * 9 + place];
      }
    }
  }
}

/// The kernels of 16 outputs and of blocks `begin..<end` of the channels: as `[place, channel,
/// output]`.
PER_PROCESSOR void turnKernels(
  const KernelMemory &kernels, bool isAdjoint, int64_t output, int64_t begin, int64_t end,
  float *turned) {
  for (int64_t first = begin * width; first < end * width; first += width) {
    Floats numbers[9 * width];
    if (isAdjoint)
      loadAdjointKernels(kernels, output, first, numbers);
    else
      loadKernels(kernels, output, first, numbers);
    for (int64_t channel = 0; channel < width; channel++, turned += width) {
      Floats half[18], u[side];
      for (int64_t j = 0; j < 3; j++) turnKernel(numbers + channel * 9 + j, 3, half + j, 3);
      for (int64_t i = 0; i < side; i++) {
        turnKernel(half + i * 3, 1, u, 1);
        for (int64_t j = 0; j < side; j++) store(u[j], turned + (i * side + j) * placeStride);
      }
    }
  }
}

/// Adds the products of some panels of tiles with the turned kernels of some blocks of channels to
/// those so far, `[output block, place, tile, output]`, or begins with them.
PER_PROCESSOR void multiply(
  const float *tiles, int64_t count, const float *kernels, int64_t channels, int64_t outputs,
  bool isFirst, float *products) {
  for (int64_t f = 0; f < places; f++)
    for (int64_t panel = 0; panel < count; panel++)
      for (int64_t output = 0; output < outputs; output++) {
        const float *x = tiles + (f * count + panel) * channels * rows;
        const float *u = kernels + f * placeStride + output * channels * width;
        float *to = products + (((output * places + f) * count + panel) * rows) * width;
        Floats sums[rows] = {};
        if (!isFirst)
          for (int64_t row = 0; row < rows; row++) load(to + row * width, sums[row]);
        for (int64_t first = 0; first < channels; first += width, x += rows * width)
          for (int64_t channel = 0; channel < width; channel++, u += width) {
            Floats v;
            load(u, v);
            for (int64_t row = 0; row < rows; row++) sums[row] += x[row * width + channel] * v;
          }
        for (int64_t row = 0; row < rows; row++) store(sums[row], to + row * width);
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

/// The panels of tiles whose inputs are turned at a time.
INLINE int64_t panelsAtATime(const Sizes &s) {
  return std::clamp<int64_t>(
    inputLimit / (places * rows * s.channels), 1, (tiles(s) + rows - 1) / rows);
}
}  // namespace

at::Tensor ctorch::winograd(
  const at::Tensor &x, const at::Tensor &given, const float *bias, const Sizes &s,
  bool isAdjoint) {
  const auto kernels =
    given.is_contiguous(at::MemoryFormat::ChannelsLast) ? given : given.contiguous();
  const auto y = at::empty(
    {s.batch, s.outputs, s.outHeight, s.outWidth},
    x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const int64_t panels = panelsAtATime(s);
  const auto turnedInputs = at::empty({places, panels, rows, s.channels}, x.options());
  const auto *from = x.const_data_ptr<float>();
  const KernelMemory memory{
    kernels.const_data_ptr<float>(), !kernels.is_contiguous(), kernels.size(1)};
  auto *to = y.mutable_data_ptr<float>();
  auto *inputs = turnedInputs.mutable_data_ptr<float>();
  const int64_t channelBlocks = s.channels / width;
  const int64_t pieces = (s.outputs / width + outputBlocks - 1) / outputBlocks;

  for (int64_t first = 0; first < tiles(s); first += panels * rows) {
    const int64_t end = std::min(first + panels * rows, tiles(s));
    const int64_t used = (end - first + rows - 1) / rows;
    inParallel(first, end, rows, [&](int64_t begin, int64_t end) {
      turnInputs(from, s, begin, end, first, used, inputs);
    });
    const int64_t chunks = (used + panelsOfChunk - 1) / panelsOfChunk;
    inParallel(0, pieces * chunks, 1, [&](int64_t begin, int64_t pieceEnd) {
      std::vector<float> turned(places * placeStride);
      std::vector<float> products(outputBlocks * places * panelsOfChunk * rows * width);
      for (int64_t piece = begin; piece < pieceEnd; piece++) {
        const int64_t output = piece % pieces * outputBlocks, chunk = piece / pieces;
        const int64_t panel = chunk * panelsOfChunk;
        const int64_t outputs = std::min(outputBlocks, s.outputs / width - output);
        const int64_t count = std::min(panelsOfChunk, used - panel);
        for (int64_t block = 0; block < channelBlocks; block += blocksOfPiece) {
          const auto given = InputPiece::at(chunk, block, used, s);
          const int64_t channels = given.blocks * width;
          for (int64_t o = 0; o < outputs; o++)
            turnKernels(
              memory, isAdjoint, (output + o) * width, block, block + given.blocks,
              turned.data() + o * channels * width);
          multiply(
            inputs + given.offset, count, turned.data(), channels, outputs, block == 0,
            products.data());
        }
        for (int64_t o = 0; o < outputs; o++) {
          const int64_t firstOutput = (output + o) * width;
          turnProducts(
            products.data() + o * places * count * rows * width, count * rows,
            bias ? bias + firstOutput : nullptr, s, first + panel * rows,
            std::min(first + (panel + count) * rows, end), to + firstOutput);
        }
      }
    });
  }
  return y;
}

bool ctorch::winogradFits(const Sizes &s) {
  return s.kernel == 3 && s.stride == 1 && s.padHeight <= 1 && s.padWidth <= 1 &&
    s.channels % width == 0 && s.outputs % width == 0 && tiles(s) >= rows &&
    tiles(s) * step * step <= 2 * s.results();
}
