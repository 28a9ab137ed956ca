#include "TileProduct.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "Parallel.hpp"

using namespace ctorch;

std::vector<TileStep> ctorch::tileSteps(int64_t channels, int64_t places, TileNumber number) {
  std::vector<TileStep> steps;
  for (int64_t first = 0; first < channels; first += tileChannels)
    for (int64_t place = 0; place < places; place++)
      for (int64_t channel = first; channel < std::min(channels, first + tileChannels);
           channel += depthOf(number))
        steps.push_back({place, channel});
  return steps;
}

template <typename Number>
void ctorch::packTiles(
  const Number *weights, int64_t outputs, int64_t channels, int64_t places, Number *packed) {
  constexpr int64_t group = 4 / sizeof(Number);
  const auto number = sizeof(Number) == 1 ? TileNumber::int8 : TileNumber::bfloat16;
  const auto steps = tileSteps(channels, places, number);
  const int64_t columns = (outputs + tileOutputs - 1) / tileOutputs;
  const int64_t size = tileOutputs * tileRows * group * steps.size();
  inParallel(0, columns, 1, [&](int64_t begin, int64_t end) {
    for (int64_t column = begin; column < end; column++) {
      auto *to = packed + column * size;
      for (const auto &step : steps)
        for (int64_t half = 0; half < 2; half++)
          for (int64_t row = 0; row < tileRows; row++)
            for (int64_t i = 0; i < tileRows; i++) {
              const int64_t output = column * tileOutputs + half * tileRows + i;
              const int64_t channel = step.channel + group * row;
              const auto *from = weights + (output * channels + channel) * places + step.place;
              for (int64_t k = 0; k < group; k++)
                *to++ = output < outputs ? from[k * places] : Number(0);
            }
    }
  });
}

template void ctorch::packTiles(
  const c10::BFloat16 *, int64_t, int64_t, int64_t, c10::BFloat16 *);
template void ctorch::packTiles(const int8_t *, int64_t, int64_t, int64_t, int8_t *);

#ifdef HAS_TILES
namespace {
/// The steps whose weights, of 32 outputs, stay in the first cache.
constexpr int64_t stepsAtATime = 18;
/// The bytes of rows that stay in the second cache while all outputs are made of them.
constexpr int64_t rowBytesAtATime = 1 << 20;
/// The sums of a block of 16 rows and 32 outputs.
constexpr int64_t blockSums = 2 * tileSums;

using Sums = std::unique_ptr<float[], decltype(&std::free)>;

Sums makeSums(int64_t blocks) {
  const size_t bytes = blocks * blockSums * sizeof(float);
  return Sums(static_cast<float *>(std::aligned_alloc(64, bytes)), std::free);
}

/// The bytes of a tile.
constexpr int64_t tileBytes = tileRows * tileRowBytes;

/// Adds the products of two tiles to a third.
#define ADD_PRODUCT(sums, rows, weights)      \
  if constexpr (number == TileNumber::int8)   \
    _tile_dpbssd(sums, rows, weights);        \
  else                                        \
    _tile_dpbf16ps(sums, rows, weights)

/// Adds the products of one or two blocks of rows and 32 outputs to their sums, which are whole
/// numbers of 32 bits where those are whole.
template <TileNumber number, bool isPair>
TILES void multiply(
  const char *first, const char *second, int64_t stride, const int64_t *steps, int64_t count,
  const char *weights, bool begins, float *sums) {
  if (begins) {
    _tile_zero(0);
    _tile_zero(1);
    if (isPair) _tile_zero(2);
    if (isPair) _tile_zero(3);
  } else {
    _tile_loadd(0, sums, tileRowBytes);
    _tile_loadd(1, sums + tileSums, tileRowBytes);
    if (isPair) _tile_loadd(2, sums + 2 * tileSums, tileRowBytes);
    if (isPair) _tile_loadd(3, sums + 3 * tileSums, tileRowBytes);
  }
  for (int64_t step = 0; step < count; step++, weights += 2 * tileBytes) {
    _tile_loadd(4, first + steps[step], stride);
    if (isPair) _tile_loadd(5, second + steps[step], stride);
    _tile_loadd(6, weights, tileRowBytes);
    _tile_loadd(7, weights + tileBytes, tileRowBytes);
    ADD_PRODUCT(0, 4, 6);
    if constexpr (isPair) {
      ADD_PRODUCT(2, 5, 6);
    }
    ADD_PRODUCT(1, 4, 7);
    if constexpr (isPair) {
      ADD_PRODUCT(3, 5, 7);
    }
  }
  _tile_stored(0, sums, tileRowBytes);
  _tile_stored(1, sums + tileSums, tileRowBytes);
  if (isPair) _tile_stored(2, sums + 2 * tileSums, tileRowBytes);
  if (isPair) _tile_stored(3, sums + 3 * tileSums, tileRowBytes);
}

/// What becomes of the sums of 32 outputs.
struct Ending {
  const TileProduct &product;
  /// What is added, and what whole numbers are multiplied by.
  __m512 low, high, lowScale, highScale;
  /// Which outputs there are.
  __mmask32 kept;

  TILES Ending(const TileProduct &p, int64_t column) : product(p) {
    const int64_t first = column * tileOutputs;
    kept = p.outputs - first >= tileOutputs ? ~0u : (1u << (p.outputs - first)) - 1;
    const float *bias = p.bias ? p.bias + first : nullptr;
    const float *scales = p.outputScales ? p.outputScales + first : nullptr;
    low = bias ? _mm512_maskz_loadu_ps(kept, bias) : _mm512_setzero_ps();
    high = bias ? _mm512_maskz_loadu_ps(kept >> tileRows, bias + tileRows) : _mm512_setzero_ps();
    lowScale = scales ? _mm512_maskz_loadu_ps(kept, scales) : _mm512_setzero_ps();
    highScale =
      scales ? _mm512_maskz_loadu_ps(kept >> tileRows, scales + tileRows) : _mm512_setzero_ps();
  }

  /// 16 sums, times the scales and with the bias.
  template <TileNumber number>
  static TILES inline __m512 ended(const float *sums, float rowScale, __m512 scale, __m512 added) {
    if constexpr (number == TileNumber::int8) {
      const __m512 whole = _mm512_cvtepi32_ps(_mm512_load_si512(sums));
      return _mm512_fmadd_ps(whole, _mm512_mul_ps(scale, _mm512_set1_ps(rowScale)), added);
    }
    return _mm512_add_ps(_mm512_load_ps(sums), added);
  }

  /// Rounds the sums of a block's rows.
  template <TileNumber number>
  TILES void write(const RowBlock &block, const float *sums, c10::BFloat16 *result) const {
    for (int64_t row = 0; row < tileRows; row++) {
      const int64_t to = block.to[row];
      if (to < 0) continue;
      const float scale =
        number == TileNumber::int8 ? product.rowScales[to / product.rowsOfScale] : 1;
      const float *own = sums + tileRows * row;
      const __m512 a = ended<number>(own, scale, lowScale, low);
      const __m512 b = ended<number>(own + tileSums, scale, highScale, high);
      _mm512_mask_storeu_epi16(
        result + to * product.outputs, kept, (__m512i)_mm512_cvtne2ps_pbh(b, a));
    }
  }
};

/// Makes 32 outputs of some blocks of rows.
template <TileNumber number>
TILES void multiply(
  const TileProduct &p, const RowBlock *blocks, int64_t count, int64_t column, float *sums) {
  const int64_t stepCount = p.steps.size();
  const Ending ending(p, column);
  for (int64_t step = 0; step < stepCount; step += stepsAtATime) {
    const int64_t some = std::min(stepsAtATime, stepCount - step);
    const auto *weights = p.weights + (column * stepCount + step) * 2 * tileBytes;
    for (int64_t block = 0; block < count; block += 2) {
      float *const own = sums + block * blockSums;
      const auto *const first = p.rows + blocks[block].from;
      const bool isPair = block + 1 < count;
      if (isPair)
        multiply<number, true>(
          first, p.rows + blocks[block + 1].from, p.rowStride, p.steps.data() + step, some,
          weights, step == 0, own);
      else
        multiply<number, false>(
          first, first, p.rowStride, p.steps.data() + step, some, weights, step == 0, own);
      if (step + some < stepCount) continue;
      for (int64_t i = 0; i < 1 + isPair; i++)
        ending.write<number>(
          blocks[block + i], own + i * blockSums, p.result + column * tileOutputs);
    }
  }
}

/// The tasks of a product: each makes 32 outputs of a part of the rows.
TILES void multiply(
  const TileProduct &p, int64_t blocksAtATime, int64_t columns, int64_t begin, int64_t end) {
  const Tiles tiles;
  const auto sums = makeSums(blocksAtATime + 1);
  for (int64_t task = begin; task < end; task++) {
    const int64_t first = task / columns * blocksAtATime;
    const int64_t count = std::min(blocksAtATime, (int64_t)p.blocks.size() - first);
    const auto *blocks = p.blocks.data() + first;
    if (p.number == TileNumber::int8)
      multiply<TileNumber::int8>(p, blocks, count, task % columns, sums.get());
    else
      multiply<TileNumber::bfloat16>(p, blocks, count, task % columns, sums.get());
  }
}
}  // namespace

void TileProduct::operator()() const {
  const int64_t count = blocks.size();
  const int64_t most =
    std::clamp<int64_t>(rowBytesAtATime / (rowStride * tileRows), 4, std::max<int64_t>(4, count));
  const int64_t parts = (count + most - 1) / most;
  const int64_t blocksAtATime = ((count + parts - 1) / parts + 1) / 2 * 2;
  const int64_t columns = (outputs + tileOutputs - 1) / tileOutputs;
  const int64_t tasks = (count + blocksAtATime - 1) / blocksAtATime * columns;
  inParallel(0, tasks, 1, [&](int64_t begin, int64_t end) {
    multiply(*this, blocksAtATime, columns, begin, end);
  });
}
#else
void TileProduct::operator()() const {}
#endif
