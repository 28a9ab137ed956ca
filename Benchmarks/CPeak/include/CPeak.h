#ifndef CPEAK_H
#define CPEAK_H

#include <stddef.h>

/// The arithmetic whose rate is measured.
enum peak_kind { peak_float32, peak_bfloat16, peak_int8 };

/// The processor's widest instructions for a kind of sums of products; NULL where it has none.
const char *peak_instructions(enum peak_kind kind);

/// Operations a second, of `threads` threads in loops that touch no memory for about `seconds`: a
/// multiplication and an addition are two. 0 where the processor has no such instructions.
double peak_operations(enum peak_kind kind, int threads, double seconds);

/// Bytes a second of `a = b + s · c`, of `threads` threads over three arrays of `bytes` each, as
/// STREAM counts them: two reads and a write. The best of `repeats`; 0 where there is no memory.
double peak_bandwidth(int threads, size_t bytes, int repeats);

#endif
