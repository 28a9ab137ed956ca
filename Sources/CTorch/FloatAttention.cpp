#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "Attention.hpp"
#include "Parallel.hpp"
#include "Vectors.hpp"

// Attention in float32. A head's keys are turned, so that the scores of six queries and 16 keys are
// sums in registers. What 96 queries and 128 keys have in common stays in the second cache: scores,
// which become shares, by which values are added up. Keys, columns of values and panels of queries
// are few enough for the first.

namespace {
using namespace ctorch;

constexpr int64_t rows = 6;  // the queries of a panel, which one kernel of products works on
constexpr int64_t panels = 16;
constexpr int64_t queriesAtATime = rows * panels;
constexpr int64_t keysAtATime = 128;
/// The numbers of keys and values that are turned at a time.
constexpr int64_t turnedLimit = int64_t(4) << 20;
/// The products that a second thread is worth waking for.
constexpr int64_t grainProducts = int64_t(1) << 19;
/// What the scores of hidden keys are: so low that they are next to nothing beside any other, and
/// still numbers. From whom every key is hidden sees them all alike.
constexpr float hidden = -1e38f;
constexpr float least = 2 * hidden;

/// How keys and values of a head lie: keys in groups of 16 `[depth, 16]`, values in columns of 16
/// numbers `[keys, 16]`, of which the last is 8 wide if no more are left.
struct Turned {
  int64_t depth, keys, columns;

  explicit Turned(const Attention<float> &a)
    : depth(a.depth), keys((a.keys.count + width - 1) / width * width),
      columns((a.depth + width / 2 - 1) / (width / 2) * (width / 2)) {}

  int64_t keySize() const { return keys * depth; }
  int64_t valueSize() const { return keys * columns; }
};

PER_PROCESSOR void turnKeys(
  const float *keys, int64_t stride, int64_t count, int64_t depth, float *to) {
  for (int64_t first = 0; first < count; first += width, to += depth * width)
    for (int64_t d = 0; d < depth; d += width) {
      const int64_t some = std::min(width, depth - d);
      Floats square[width] = {};
      for (int64_t i = 0; i < std::min(width, count - first); i++)
        loadSome(keys + (first + i) * stride + d, some, square[i]);
      transpose(square);
      for (int64_t i = 0; i < some; i++) store(square[i], to + (d + i) * width);
    }
}

PER_PROCESSOR void turnValues(
  const float *values, int64_t stride, int64_t count, const Turned &t, float *to) {
  for (int64_t d = 0; d < t.columns; d += width) {
    const int64_t wide = std::min(width, t.columns - d);
    for (int64_t i = 0; i < t.keys; i++, to += wide) {
      Floats x = {};
      if (i < count) loadSome(values + i * stride + d, std::min(wide, t.depth - d), x);
      std::memcpy(to, &x, wide * sizeof(float));
    }
  }
}

/// Adds the products of six rows of numbers and a column as wide as a vector.
template <typename Vector>
INLINE void multiply(
  const float *numbers, int64_t row, int64_t step, const float *column, int64_t columnStep,
  int64_t steps, Vector *sums) {
  for (int64_t i = 0; i < steps; i++) {
    Vector v;
    std::memcpy(&v, column + i * columnStep, sizeof v);
    for (int64_t r = 0; r < rows; r++) sums[r] += numbers[r * row + i * step] * v;
  }
}

/// 2ˣ of what is not above 0, to 1.2e-7 of its value; 2⁻¹²⁶ where it is smaller, and NaN of a NaN.
INLINE void powerOfTwo(const Floats &argument, Floats &result) {
  const Floats x = argument < -126.0f ? Floats{} - 126.0f : argument;
  constexpr float shift = 12582912.0f;  // 1.5 · 2²³: adding it rounds to a whole number.
  const Floats whole = x + shift;
  const Floats r = x - (whole - shift);
  Floats p = Floats{} + 0.00132764717f;
  p = p * r + 0.00967554154f;
  p = p * r + 0.0555071328f;
  p = p * r + 0.240221197f;
  p = p * r + 0.693146967f;
  p = p * r + 1.00000007f;
  result = __builtin_bit_cast(
    Floats, __builtin_bit_cast(Words, p) + (__builtin_bit_cast(Words, whole) << 23));
}

INLINE float greatestOf(const Floats &x) {
  HalfFloats a = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
  HalfFloats b = __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
  a = a > b ? a : b;
  b = __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3);
  a = a > b ? a : b;
  b = __builtin_shufflevector(a, a, 2, 3, 0, 1, 6, 7, 4, 5);
  a = a > b ? a : b;
  return std::max(a[0], a[1]);
}

/// What a block of queries works with.
struct Block {
  alignas(64) float shares[queriesAtATime * keysAtATime];
  alignas(64) float totals[queriesAtATime * width];
  float greatest[queriesAtATime];
  /// Panels of queries `[depth, rows]`, and of sums, `[rows, columns]`.
  float *queries, *sums;
};

/// Scores of some panels, times log₂ e, of some groups of 16 keys.
INLINE void score(
  Block &block, int64_t filled, const float *keys, int64_t depth, int64_t groups) {
  for (int64_t group = 0; group < groups; group++)
    for (int64_t panel = 0; panel < filled; panel++) {
      Floats sums[rows] = {};
      multiply(
        block.queries + panel * rows * depth, 1, rows, keys + group * depth * width, width, depth,
        sums);
      for (int64_t row = 0; row < rows; row++)
        store(sums[row], block.shares + (panel * rows + row) * keysAtATime + group * width);
    }
}

/// Turns scores of a query into its shares of some keys.
///
/// - `mask`: added to the scores of `count` keys, or null.
INLINE void share(
  Block &block, int64_t query, const float *mask, int64_t count, int64_t columns) {
  const int64_t groups = (count + width - 1) / width;
  float *const scores = block.shares + query * keysAtATime;
  Floats top = Floats{} + least;
  for (int64_t i = 0; mask && i < count; i += width) {
    Floats x, added;
    load(scores + i, x);
    loadSome(mask + i, std::min(width, count - i), added);
    added *= log2OfE;
    store(x + (added < hidden ? Floats{} + hidden : added), scores + i);
  }
  std::fill(scores + count, scores + groups * width, -INFINITY);
  for (int64_t group = 0; group < groups; group++) {
    Floats x;
    load(scores + group * width, x);
    top = x > top ? x : top;
  }
  Floats total;
  load(block.totals + query * width, total);
  const float greatest = greatestOf(top);
  if (greatest > block.greatest[query]) {
    const float fade = std::exp2(block.greatest[query] - greatest);
    block.greatest[query] = greatest;
    total *= fade;
    for (int64_t i = 0; i < columns; i++) block.sums[query * columns + i] *= fade;
  }
  const float from = block.greatest[query];
  for (int64_t group = 0; group < groups; group++) {
    Floats x, power;
    load(scores + group * width, x);
    powerOfTwo(x - from, power);
    total += power;
    store(power, scores + group * width);
  }
  store(total, block.totals + query * width);
}

/// Adds the values of some groups of 16 keys to a panel's sums, a column of them.
INLINE void addWide(
  const float *shares, const float *values, int64_t groups, float *sums, int64_t columns) {
  Floats some[rows];
  for (int64_t row = 0; row < rows; row++) load(sums + row * columns, some[row]);
  multiply(shares, keysAtATime, 1, values, width, groups * width, some);
  for (int64_t row = 0; row < rows; row++) store(some[row], sums + row * columns);
}

/// The same of a column of 8, in two sums, since six cannot keep the processor busy.
INLINE void addNarrow(
  const float *shares, const float *values, int64_t groups, float *sums, int64_t columns) {
  constexpr int64_t half = width / 2;
  HalfFloats even[rows], odd[rows] = {};
  for (int64_t row = 0; row < rows; row++)
    std::memcpy(&even[row], sums + row * columns, sizeof(HalfFloats));
  for (int64_t i = 0; i < groups * width; i += 2) {
    HalfFloats a, b;
    std::memcpy(&a, values + i * half, sizeof a);
    std::memcpy(&b, values + (i + 1) * half, sizeof b);
    for (int64_t row = 0; row < rows; row++) {
      even[row] += shares[row * keysAtATime + i] * a;
      odd[row] += shares[row * keysAtATime + i + 1] * b;
    }
  }
  for (int64_t row = 0; row < rows; row++) {
    const HalfFloats sum = even[row] + odd[row];
    std::memcpy(sums + row * columns, &sum, sizeof sum);
  }
}

/// The results of a block of a head's queries, of which `count` are there.
PER_PROCESSOR void attend(
  const Attention<float> &a, const Turned &t, const float *keys, const float *values, int64_t head,
  int64_t first, int64_t count, Block &block) {
  const float factor = log2OfE / std::sqrt(static_cast<float>(a.depth));
  const int64_t filled = (count + rows - 1) / rows;
  const float *from = a.start(a.queries, head) + first * a.queries.tokenStride;
  for (int64_t i = 0; i < filled * rows; i++) {
    float *const to = block.queries + i / rows * rows * t.depth + i % rows;
    for (int64_t d = 0; d < t.depth; d++)
      to[d * rows] = i < count ? from[i * a.queries.tokenStride + d] * factor : 0;
  }
  std::fill_n(block.sums, filled * rows * t.columns, 0.0f);
  std::fill_n(block.totals, filled * rows * width, 0.0f);
  std::fill_n(block.greatest, filled * rows, least);
  for (int64_t key = 0; key < a.keys.count; key += keysAtATime) {
    const int64_t some = std::min(keysAtATime, a.keys.count - key);
    const int64_t groups = (some + width - 1) / width;
    score(block, filled, keys + key * t.depth, t.depth, groups);
    for (int64_t query = 0; query < count; query++) {
      const float *const mask = a.start(head, first + query);
      share(block, query, mask ? mask + key : nullptr, some, t.columns);
    }
    for (int64_t c = 0; c < t.columns; c += width)
      for (int64_t panel = 0; panel < filled; panel++) {
        const float *const shares = block.shares + panel * rows * keysAtATime;
        const float *const column = values + t.keys * c;
        float *const sums = block.sums + panel * rows * t.columns + c;
        if (t.columns - c >= width)
          addWide(shares, column + key * width, groups, sums, t.columns);
        else
          addNarrow(shares, column + key * (width / 2), groups, sums, t.columns);
      }
  }
  for (int64_t i = 0; i < count; i++) {
    float total = 0;
    for (int64_t lane = 0; lane < width; lane++) total += block.totals[i * width + lane];
    float *const to = a.end(head, first + i);
    for (int64_t d = 0; d < t.depth; d++) to[d] = block.sums[i * t.columns + d] / total;
  }
}
}  // namespace

template <>
void ctorch::Attention<float>::operator()() const {
  const Turned t(*this);
  const int64_t all = batch * heads, headSize = t.keySize() + t.valueSize();
  const int64_t together = std::clamp<int64_t>(turnedLimit / headSize, 1, all);
  const auto memory = at::empty({together, headSize}, at::kFloat);
  auto *const turned = memory.mutable_data_ptr<float>();
  const int64_t blocks = (queries.count + queriesAtATime - 1) / queriesAtATime;
  const int64_t products = 2 * std::min(queriesAtATime, queries.count) * keys.count * depth;
  for (int64_t head = 0; head < all; head += together) {
    const int64_t some = std::min(together, all - head);
    const int64_t grain = std::max<int64_t>(1, grainProducts / products);
    inParallel(0, some, std::max<int64_t>(1, grain / blocks), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        float *const own = turned + i * headSize;
        turnKeys(start(keys, head + i), keys.tokenStride, keys.count, depth, own);
        turnValues(
          start(values, head + i), values.tokenStride, values.count, t, own + t.keySize());
      }
    });
    inParallel(0, some * blocks, grain, [&](int64_t begin, int64_t end) {
      const auto work = at::empty({queriesAtATime * (t.depth + t.columns)}, at::kFloat);
      Block block;
      block.queries = work.mutable_data_ptr<float>();
      block.sums = block.queries + queriesAtATime * t.depth;
      for (int64_t task = begin; task < end; task++) {
        const int64_t i = task / blocks, first = task % blocks * queriesAtATime;
        const float *const own = turned + i * headSize;
        attend(
          *this, t, own, own + t.keySize(), head + i, first,
          std::min(queriesAtATime, queries.count - first), block);
      }
    });
  }
}
