// Products by the processor's matrix unit: of numbers in bfloat16, whose sums are in float32, or of
// whole numbers of 8 bits, whose sums are exact.
#pragma once
#include <c10/util/BFloat16.h>

#include <vector>

#include "Tiles.hpp"

namespace ctorch {
/// What is multiplied.
enum class TileNumber { bfloat16, int8 };

/// The bytes of a number.
constexpr int64_t bytesOf(TileNumber number) { return number == TileNumber::int8 ? 1 : 2; }

/// The numbers that are multiplied and added up in a step: a row of a tile.
constexpr int64_t depthOf(TileNumber number) { return tileRowBytes / bytesOf(number); }

/// 16 rows of a product, which follow one another where they are read.
struct RowBlock {
  /// Where the first one begins, in bytes.
  int64_t from;
  /// The row of the result that each makes; negative for one that is not kept.
  int32_t to[tileRows];
};

/// `rows · weightsᵀ + bias`, where a row's numbers are read in steps of 64 bytes.
struct TileProduct {
  TileNumber number;
  const char *rows;
  /// From one row of a block to the next, in bytes.
  int64_t rowStride;
  /// Where each step's numbers are, from the beginning of a row, in bytes.
  std::vector<int64_t> steps;
  std::vector<RowBlock> blocks;
  /// As `packTiles` writes them.
  const char *weights;
  int64_t outputs;
  /// `[outputs]`, or null.
  const float *bias;
  /// What the sums of whole numbers are multiplied by: one for `rowsOfScale` rows of the result after
  /// another, and one for each output.
  const float *rowScales, *outputScales;
  int64_t rowsOfScale;
  /// `[…, outputs]`.
  c10::BFloat16 *result;

  /// Computes the result, on all threads.
  void operator()() const;
};

/// The outputs that are made at a time.
constexpr int64_t tileOutputs = 2 * tileRows;

/// The order in which a convolution's channels are read: 64 of them at every place of the kernel, and
/// then the next ones, so that what neighbours share is still in the first cache.
constexpr int64_t tileChannels = 2 * tileDepth;

/// Writes weights, `[outputs, channels, places]`, in the order in which tiles are filled with them:
/// `[outputs / 32, steps, 2, 16 groups, 16 outputs, 4 bytes]`, with zeros for outputs that are not
/// there. `Number` is `c10::BFloat16` or `int8_t`.
///
/// - `channels` is a multiple of the numbers of a step.
template <typename Number>
void packTiles(
  const Number *weights, int64_t outputs, int64_t channels, int64_t places, Number *packed);

/// What is read at each step, in that order: a place of the kernel and the first of its channels.
struct TileStep {
  int64_t place, channel;
};
std::vector<TileStep> tileSteps(int64_t channels, int64_t places, TileNumber number);
}  // namespace ctorch
