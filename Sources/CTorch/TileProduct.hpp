// Products in bfloat16 by the processor's matrix unit, whose sums are in float32.
#pragma once
#include <c10/util/BFloat16.h>

#include <vector>

#include "Tiles.hpp"

namespace ctorch {
/// 16 rows of a product, which follow one another where they are read.
struct RowBlock {
  /// Where the first one begins, in numbers.
  int64_t from;
  /// The row of the result that each makes; negative for one that is not kept.
  int32_t to[tileRows];
};

/// `rows · weightsᵀ + bias`, where a row's numbers are read in steps of 32.
struct TileProduct {
  const c10::BFloat16 *rows;
  /// From one row of a block to the next, in numbers.
  int64_t rowStride;
  /// Where each step's numbers are, from the beginning of a row.
  std::vector<int64_t> steps;
  std::vector<RowBlock> blocks;
  /// As `packTiles` writes them.
  const c10::BFloat16 *weights;
  int64_t outputs;
  /// `[outputs]`, or null.
  const float *bias;
  /// `[…, outputs]`.
  c10::BFloat16 *result;

  /// Computes the result, on all threads.
  void operator()() const;
};

/// The outputs that are made at a time.
constexpr int64_t tileOutputs = 2 * tileRows;

/// The order in which a convolution's channels are read: so many of them at every place of the
/// kernel, and then the next ones, so that what neighbours share is still in the first cache.
constexpr int64_t tileChannels = 2 * tileDepth;

/// Writes weights, `[outputs, channels, places]`, in the order in which tiles are filled with them:
/// `[outputs / 32, steps, 2, 16 pairs, 16 outputs, 2]`, with zeros for outputs that are not there.
///
/// - `channels` is a multiple of 32.
void packTiles(
  const c10::BFloat16 *weights, int64_t outputs, int64_t channels, int64_t places,
  c10::BFloat16 *packed);

/// What is read at each step, in that order: a place of the kernel and the first of 32 channels.
struct TileStep {
  int64_t place, channel;
};
std::vector<TileStep> tileSteps(int64_t channels, int64_t places);
}  // namespace ctorch
