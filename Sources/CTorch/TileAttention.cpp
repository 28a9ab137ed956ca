#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "Attention.hpp"
#include "Parallel.hpp"
#include "Tiles.hpp"

using namespace ctorch;

#ifdef HAS_TILES
namespace {
using TileAttention = Attention<c10::BFloat16>;

constexpr int64_t queriesAtATime = 2 * tileRows;
constexpr int64_t keysAtATime = 4 * tileDepth;
/// The vectors of 16 scores that a query has at a time.
constexpr int64_t vectors = keysAtATime / 16;
/// Below all scores that count: where no score is, differences from it are numbers.
constexpr float least = -1e30f;

/// How keys and values lie in the order of tiles.
struct Packing {
  /// The steps of 32 along the depth, the groups of 32 keys, and the 16 columns of a value.
  int64_t steps, groups, columns;

  explicit Packing(const TileAttention &a)
    : steps((a.depth + tileDepth - 1) / tileDepth),
      groups((a.keys.count + tileDepth - 1) / tileDepth), columns(2 * steps) {}

  /// The numbers of a group of 32 keys, and of their values.
  int64_t keyGroup() const { return 2 * steps * tileSize; }
  int64_t valueGroup() const { return columns * tileSize; }
  /// The sums of a query.
  int64_t width() const { return columns * tileRows; }
};

TILES __mmask16 maskOf(int64_t count) {
  return static_cast<__mmask16>((1u << std::clamp<int64_t>(count, 0, 16)) - 1);
}

/// Keys of a head: a tile holds 16 of them, pairs of their numbers one below the other.
TILES void packKeys(const TileAttention &a, const Packing &p, int64_t head, c10::BFloat16 *to) {
  const auto *keys = a.start(a.keys, head);
  const __m512i lanes = _mm512_mullo_epi32(
    _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
    _mm512_set1_epi32(static_cast<int>(a.keys.tokenStride)));
  for (int64_t first = 0; first < p.groups * tileDepth; first += tileRows)
    for (int64_t d = 0; d < p.steps * tileDepth; d += 2, to += tileDepth) {
      const __mmask16 there = d < a.depth ? maskOf(a.keys.count - first) : 0;
      const __m512i pairs = _mm512_mask_i32gather_epi32(
        _mm512_setzero_si512(), there, lanes, keys + first * a.keys.tokenStride + d,
        sizeof(c10::BFloat16));
      _mm512_storeu_si512(to, pairs);
    }
}

/// Values of a head: a tile holds 16 numbers of 32 of them, each key's beside the next one's.
TILES void packValues(const TileAttention &a, const Packing &p, int64_t head, c10::BFloat16 *to) {
  const auto *values = a.start(a.values, head);
  for (int64_t group = 0; group < p.groups; group++)
    for (int64_t column = 0; column < p.columns; column++)
      for (int64_t pair = 0; pair < tileRows; pair++, to += tileDepth) {
        const int64_t key = group * tileDepth + 2 * pair;
        const __mmask16 there = maskOf(a.depth - column * tileRows);
        const auto *from = values + key * a.values.tokenStride + column * tileRows;
        const __m256i even =
          _mm256_maskz_loadu_epi16(key < a.keys.count ? there : 0, from);
        const __m256i odd = _mm256_maskz_loadu_epi16(
          key + 1 < a.keys.count ? there : 0, from + a.values.tokenStride);
        const __m512i both = _mm512_or_si512(
          _mm512_cvtepu16_epi32(even), _mm512_slli_epi32(_mm512_cvtepu16_epi32(odd), 16));
        _mm512_storeu_si512(to, both);
      }
}

/// The products of 32 rows and 32 columns, added to nothing or to what is there.
///
/// - `rows`, `rowStride`: from one row to the next, in numbers.
/// - `columns`, `next`, `step`: a column's tile, from it to the other column's, and to the next
///   step's, in numbers.
template <bool isAdded>
TILES void multiply(
  const c10::BFloat16 *rows, int64_t rowStride, int64_t steps, const c10::BFloat16 *columns,
  int64_t next, int64_t step, float *sums, int64_t sumStride) {
  const int64_t stride = rowStride * sizeof(c10::BFloat16), sumBytes = sumStride * sizeof(float);
  float *const below = sums + tileRows * sumStride;
  if (isAdded) {
    _tile_loadd(0, sums, sumBytes);
    _tile_loadd(1, sums + tileRows, sumBytes);
    _tile_loadd(2, below, sumBytes);
    _tile_loadd(3, below + tileRows, sumBytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (int64_t i = 0; i < steps; i++) {
    _tile_loadd(4, rows + i * tileDepth, stride);
    _tile_loadd(5, rows + i * tileDepth + tileRows * rowStride, stride);
    _tile_loadd(6, columns + i * step, tileRowBytes);
    _tile_loadd(7, columns + i * step + next, tileRowBytes);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, sumBytes);
  _tile_stored(1, sums + tileRows, sumBytes);
  _tile_stored(2, below, sumBytes);
  _tile_stored(3, below + tileRows, sumBytes);
}

/// 2ˣ to 1e-4: a polynomial of the part after the point, which bfloat16 rounds to 4e-3.
TILES inline __m512 powerOfTwo(__m512 x) {
  const __m512 part = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
  __m512 p = _mm512_set1_ps(0.0790219f);
  p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.224126f));
  p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.696838f));
  p = _mm512_fmadd_ps(p, part, _mm512_set1_ps(0.999901f));
  return _mm512_scalef_ps(p, x);
}

/// The state of a block of queries.
struct Block {
  alignas(64) float scores[queriesAtATime * keysAtATime];
  alignas(64) c10::BFloat16 shares[queriesAtATime * keysAtATime];
  alignas(64) float totals[queriesAtATime][16];
  float greatest[queriesAtATime];
};

/// Turns scores of a query, times log₂ e, into its shares of some keys.
///
/// - `mask`: added to the scores of `count` keys, or null.
TILES void share(
  Block &block, int64_t row, float factor, const float *mask, int64_t count, float *sums,
  int64_t width) {
  const float *scores = block.scores + row * keysAtATime;
  __m512 x[vectors], top = _mm512_set1_ps(least);
  for (int64_t i = 0; i < vectors; i++) {
    x[i] = _mm512_mul_ps(_mm512_load_ps(scores + 16 * i), _mm512_set1_ps(factor));
    if (mask || count < keysAtATime) {
      const __mmask16 there = maskOf(count - 16 * i);
      if (mask)
        x[i] = _mm512_fmadd_ps(
          _mm512_maskz_loadu_ps(there, mask + 16 * i), _mm512_set1_ps(log2OfE), x[i]);
      x[i] = _mm512_mask_blend_ps(there, _mm512_set1_ps(-INFINITY), x[i]);
    }
    top = _mm512_max_ps(top, x[i]);
  }
  const float greatest = _mm512_reduce_max_ps(top);
  __m512 total = _mm512_load_ps(block.totals[row]);
  if (greatest > block.greatest[row]) {
    const __m512 fade = _mm512_set1_ps(std::exp2(block.greatest[row] - greatest));
    block.greatest[row] = greatest;
    total = _mm512_mul_ps(total, fade);
    for (int64_t i = 0; i < width; i += 16)
      _mm512_store_ps(sums + i, _mm512_mul_ps(_mm512_load_ps(sums + i), fade));
  }
  const __m512 from = _mm512_set1_ps(block.greatest[row]);
  for (int64_t i = 0; i < vectors; i += 2) {
    const __m512 a = powerOfTwo(_mm512_sub_ps(x[i], from));
    const __m512 b = powerOfTwo(_mm512_sub_ps(x[i + 1], from));
    total = _mm512_add_ps(total, _mm512_add_ps(a, b));
    _mm512_store_si512(
      block.shares + row * keysAtATime + 16 * i, (__m512i)_mm512_cvtne2ps_pbh(b, a));
  }
  _mm512_store_ps(block.totals[row], total);
}

/// The results of blocks of queries: of each head all, one head after another.
TILES void attend(
  const TileAttention &a, const Packing &p, const c10::BFloat16 *keys, const c10::BFloat16 *values,
  int64_t begin, int64_t end) {
  const Tiles tiles;
  const int64_t blocks = (a.queries.count + queriesAtATime - 1) / queriesAtATime;
  const int64_t rowSize = p.steps * tileDepth, width = p.width();
  const auto queryMemory = at::zeros({queriesAtATime, rowSize}, at::kBFloat16);
  const auto sumMemory = at::empty({queriesAtATime, width}, at::kFloat);
  auto *const queries = queryMemory.mutable_data_ptr<c10::BFloat16>();
  auto *const sums = sumMemory.mutable_data_ptr<float>();
  const float factor = log2OfE / std::sqrt(static_cast<float>(a.depth));
  Block block{};
  for (int64_t task = begin; task < end; task++) {
    const int64_t head = task / blocks, first = task % blocks * queriesAtATime;
    const int64_t rows = std::min(queriesAtATime, a.queries.count - first);
    for (int64_t row = 0; row < rows; row++)
      std::memcpy(
        queries + row * rowSize,
        a.start(a.queries, head) + (first + row) * a.queries.tokenStride,
        a.depth * sizeof(c10::BFloat16));
    std::fill_n(sums, queriesAtATime * width, 0.0f);
    std::fill_n(block.greatest, queriesAtATime, least);
    std::memset(block.totals, 0, sizeof block.totals);
    const auto *ownKeys = keys + head * p.groups * p.keyGroup();
    const auto *ownValues = values + head * p.groups * p.valueGroup();
    for (int64_t key = 0; key < a.keys.count; key += keysAtATime) {
      const int64_t group = key / tileDepth;
      const int64_t groups = std::min(keysAtATime / tileDepth, p.groups - group);
      for (int64_t i = 0; i < groups; i++)
        multiply<false>(
          queries, rowSize, p.steps, ownKeys + (group + i) * p.keyGroup(), p.steps * tileSize,
          tileSize, block.scores + i * tileDepth, keysAtATime);
      const float *const given = a.start(head, first);
      const float *const mask = given ? given + key : nullptr;
      const int64_t count = std::min(keysAtATime, a.keys.count - key);
      for (int64_t row = 0; row < rows; row++)
        share(block, row, factor, mask, count, sums + row * width, width);
      for (int64_t column = 0; column < p.columns; column += 2)
        multiply<true>(
          block.shares, keysAtATime, groups,
          ownValues + group * p.valueGroup() + column * tileSize, tileSize, p.valueGroup(),
          sums + column * tileRows, width);
    }
    for (int64_t row = 0; row < rows; row++) {
      const __m512 rate =
        _mm512_set1_ps(1 / _mm512_reduce_add_ps(_mm512_load_ps(block.totals[row])));
      auto *const to = a.end(head, first + row);
      for (int64_t i = 0; i < a.depth; i += 16) {
        const __m512 mean = _mm512_mul_ps(_mm512_load_ps(sums + row * width + i), rate);
        _mm256_mask_storeu_epi16(to + i, maskOf(a.depth - i), (__m256i)_mm512_cvtneps_pbh(mean));
      }
    }
  }
}
}  // namespace

template <>
void ctorch::Attention<c10::BFloat16>::operator()() const {
  const Packing p(*this);
  const int64_t all = batch * heads;
  const auto keyMemory = at::empty({all, p.groups, p.keyGroup()}, at::kBFloat16);
  const auto valueMemory = at::empty({all, p.groups, p.valueGroup()}, at::kBFloat16);
  auto *const packedKeys = keyMemory.mutable_data_ptr<c10::BFloat16>();
  auto *const packedValues = valueMemory.mutable_data_ptr<c10::BFloat16>();
  inParallel(0, all, 1, [&](int64_t begin, int64_t end) {
    for (int64_t head = begin; head < end; head++) {
      packKeys(*this, p, head, packedKeys + head * p.groups * p.keyGroup());
      packValues(*this, p, head, packedValues + head * p.groups * p.valueGroup());
    }
  });
  const int64_t blocks = (queries.count + queriesAtATime - 1) / queriesAtATime;
  inParallel(0, all * blocks, 1, [&](int64_t begin, int64_t end) {
    attend(*this, p, packedKeys, packedValues, begin, end);
  });
}
#else
template <>
void ctorch::Attention<c10::BFloat16>::operator()() const {}
#endif
