#include "TileProduct.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "Parallel.hpp"

using namespace ctorch;

std::vector<TileStep> ctorch::tileSteps(int64_t channels, int64_t places) {
  std::vector<TileStep> steps;
  for (int64_t first = 0; first < channels; first += tileChannels)
    for (int64_t place = 0; place < places; place++)
      for (int64_t channel = first; channel < std::min(channels, first + tileChannels);
           channel += tileDepth)
        steps.push_back({place, channel});
  return steps;
}

void ctorch::packTiles(
  const c10::BFloat16 *weights, int64_t outputs, int64_t channels, int64_t places,
  c10::BFloat16 *packed) {
  const auto steps = tileSteps(channels, places);
  const int64_t columns = (outputs + tileOutputs - 1) / tileOutputs;
  const int64_t size = 2 * tileSize * steps.size();
  inParallel(0, columns, 1, [&](int64_t begin, int64_t end) {
    for (int64_t column = begin; column < end; column++) {
      auto *to = packed + column * size;
      for (const auto &step : steps)
        for (int64_t half = 0; half < 2; half++)
          for (int64_t pair = 0; pair < tileRows; pair++)
            for (int64_t i = 0; i < tileRows; i++) {
              const int64_t output = column * tileOutputs + half * tileRows + i;
              const auto *from =
                weights + (output * channels + step.channel + 2 * pair) * places + step.place;
              const bool isThere = output < outputs;
              *to++ = isThere ? *from : c10::BFloat16(0.0f);
              *to++ = isThere ? from[places] : c10::BFloat16(0.0f);
            }
    }
  });
}

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

/// Adds the products of one or two blocks of rows and 32 outputs to their sums.
template <bool isPair>
TILES void multiply(
  const c10::BFloat16 *first, const c10::BFloat16 *second, int64_t rowStride,
  const int64_t *steps, int64_t count, const c10::BFloat16 *weights, bool begins, float *sums) {
  const int64_t stride = rowStride * sizeof(c10::BFloat16);
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
  for (int64_t step = 0; step < count; step++, weights += 2 * tileSize) {
    _tile_loadd(4, first + steps[step], stride);
    if (isPair) _tile_loadd(5, second + steps[step], stride);
    _tile_loadd(6, weights, tileRowBytes);
    _tile_loadd(7, weights + tileSize, tileRowBytes);
    _tile_dpbf16ps(0, 4, 6);
    if (isPair) _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(1, 4, 7);
    if (isPair) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, tileRowBytes);
  _tile_stored(1, sums + tileSums, tileRowBytes);
  if (isPair) _tile_stored(2, sums + 2 * tileSums, tileRowBytes);
  if (isPair) _tile_stored(3, sums + 3 * tileSums, tileRowBytes);
}

/// What is added to 32 outputs, and which of them there are.
struct Ending {
  __m512 low, high;
  __mmask32 kept;

  TILES Ending(const float *bias, int64_t column, int64_t outputs) {
    const int64_t first = column * tileOutputs;
    kept = outputs - first >= tileOutputs ? ~0u : (1u << (outputs - first)) - 1;
    low = bias ? _mm512_maskz_loadu_ps(kept, bias + first) : _mm512_setzero_ps();
    high = bias ? _mm512_maskz_loadu_ps(kept >> tileRows, bias + first + tileRows)
                : _mm512_setzero_ps();
  }

  /// Rounds the sums of a block's rows.
  TILES void write(
    const RowBlock &block, const float *sums, int64_t outputs, c10::BFloat16 *result) const {
    for (int64_t row = 0; row < tileRows; row++) {
      if (block.to[row] < 0) continue;
      const __m512 a = _mm512_add_ps(_mm512_load_ps(sums + tileRows * row), low);
      const __m512 b = _mm512_add_ps(_mm512_load_ps(sums + tileSums + tileRows * row), high);
      _mm512_mask_storeu_epi16(
        result + block.to[row] * outputs, kept, (__m512i)_mm512_cvtne2ps_pbh(b, a));
    }
  }
};

/// Makes 32 outputs of some blocks of rows.
TILES void multiply(
  const TileProduct &p, const RowBlock *blocks, int64_t count, int64_t column, float *sums) {
  const int64_t stepCount = p.steps.size();
  const Ending ending(p.bias, column, p.outputs);
  for (int64_t step = 0; step < stepCount; step += stepsAtATime) {
    const int64_t some = std::min(stepsAtATime, stepCount - step);
    const auto *weights = p.weights + (column * stepCount + step) * 2 * tileSize;
    for (int64_t block = 0; block < count; block += 2) {
      float *const own = sums + block * blockSums;
      const auto *const first = p.rows + blocks[block].from;
      const bool isPair = block + 1 < count;
      if (isPair)
        multiply<true>(
          first, p.rows + blocks[block + 1].from, p.rowStride, p.steps.data() + step, some,
          weights, step == 0, own);
      else
        multiply<false>(
          first, first, p.rowStride, p.steps.data() + step, some, weights, step == 0, own);
      if (step + some < stepCount) continue;
      for (int64_t i = 0; i < 1 + isPair; i++)
        ending.write(
          blocks[block + i], own + i * blockSums, p.outputs, p.result + column * tileOutputs);
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
    multiply(p, p.blocks.data() + first, count, task % columns, sums.get());
  }
}
}  // namespace

void TileProduct::operator()() const {
  const int64_t count = blocks.size();
  const int64_t rowBytes = rowStride * sizeof(c10::BFloat16) * tileRows;
  const int64_t most = std::clamp<int64_t>(rowBytesAtATime / rowBytes, 4, count);
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
