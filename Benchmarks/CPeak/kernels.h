#ifndef KERNELS_H
#define KERNELS_H

#include "CPeak.h"

/// A loop over an instruction, and what a round of it does.
struct kernel {
  /// What the instructions are called; NULL where the processor has none of the kind.
  const char *name;
  /// The operations of a round.
  double operations;
  /// Runs so many rounds, and returns something that needs all of them.
  float (*run)(long rounds);
};

/// The loop for a kind on this processor.
struct kernel peak_kernel(enum peak_kind kind);

/// Sums that do not wait for one another: enough for two units with a latency of 5 cycles.
#define CHAINS 12

/// A loop over `CHAINS` sums of the type `sum`, each renewed by `step`, and their total by `total`.
/// The factors come from volatile numbers, so that nothing is known before it runs.
#define LOOP(name, features, sum, factor, fill, step, total) \
  __attribute__((target(features))) static float name(long rounds) { \
    sum sums[CHAINS]; \
    for (int i = 0; i < CHAINS; ++i) sums[i] = (sum){0}; \
    const factor a = fill(one), b = fill(small); \
    for (long round = 0; round < rounds; ++round) { \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; ++i) sums[i] = step; \
    } \
    float result = 0; \
    for (int i = 0; i < CHAINS; ++i) result += (float)(total); \
    return result; \
  }

#endif
