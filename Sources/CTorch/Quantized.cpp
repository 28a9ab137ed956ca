// Numbers in ggml's block formats, to float32 and back.
//
// A block shares its scale among 32 numbers, or, in the K formats, among 256 with scales of their
// own for each 16 or 32: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h. What comes
// out is, to the bit, what the reference (gguf's Python package) makes of the same blocks, so a
// product and a sum are never rounded as one.
#include <ATen/Functions.h>
#include <c10/util/Half.h>

#include <cmath>
#include <cstring>

#include "Bridge.hpp"
#include "Parallel.hpp"
#include "Vectors.hpp"
#include "include/Runtime.h"

#pragma STDC FP_CONTRACT OFF

namespace {
using ctorch::Floats;
using Bytes = uint8_t __attribute__((vector_size(16)));
using Signed = int8_t __attribute__((vector_size(16)));

INLINE void load(const uint8_t *from, Bytes &x) { std::memcpy(&x, from, sizeof x); }

INLINE float half(const uint8_t *from) {
  uint16_t bits;
  std::memcpy(&bits, from, sizeof bits);
  return c10::detail::fp16_ieee_to_fp32_value(bits);
}

/// Sixteen times `q · d`.
INLINE void store(const Signed &q, float d, float *to) {
  const Floats x = __builtin_convertvector(q, Floats) * d;
  std::memcpy(to, &x, sizeof x);
}

/// Sixteen times `q · d + m`.
INLINE void store(const Bytes &q, float d, float m, float *to) {
  const Floats product = __builtin_convertvector(q, Floats) * d;
  const Floats x = product + m;
  std::memcpy(to, &x, sizeof x);
}

/// Bit `first + i` of 32 in the i-th of sixteen.
INLINE void bits(uint32_t word, int first, Bytes &x) {
  using Words = uint32_t __attribute__((vector_size(16 * sizeof(uint32_t))));
  const Words places = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  x = __builtin_convertvector(((Words{} + word) >> (places + uint32_t(first))) & 1, Bytes);
}

struct Q8_0 {
  static constexpr int64_t numbers = 32, bytes = 34;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block);
    for (int part = 0; part < 2; part++) {
      Bytes q;
      load(block + 2 + 16 * part, q);
      store(Signed(q), d, to + 16 * part);
    }
  }
};

struct Q4_0 {
  static constexpr int64_t numbers = 32, bytes = 18;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block);
    Bytes q;
    load(block + 2, q);
    store(Signed(q & 15) - 8, d, to);
    store(Signed(q >> 4) - 8, d, to + 16);
  }
};

struct Q4_1 {
  static constexpr int64_t numbers = 32, bytes = 20;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block), m = half(block + 2);
    Bytes q;
    load(block + 4, q);
    store(q & 15, d, m, to);
    store(q >> 4, d, m, to + 16);
  }
};

struct Q5_0 {
  static constexpr int64_t numbers = 32, bytes = 22;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block);
    uint32_t high;
    std::memcpy(&high, block + 2, sizeof high);
    Bytes q, fifth;
    load(block + 6, q);
    bits(high, 0, fifth);
    store(Signed((q & 15) | fifth << 4) - 16, d, to);
    bits(high, 16, fifth);
    store(Signed((q >> 4) | fifth << 4) - 16, d, to + 16);
  }
};

struct Q5_1 {
  static constexpr int64_t numbers = 32, bytes = 24;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block), m = half(block + 2);
    uint32_t high;
    std::memcpy(&high, block + 4, sizeof high);
    Bytes q, fifth;
    load(block + 8, q);
    bits(high, 0, fifth);
    store((q & 15) | fifth << 4, d, m, to);
    bits(high, 16, fifth);
    store((q >> 4) | fifth << 4, d, m, to + 16);
  }
};

struct Q2_K {
  static constexpr int64_t numbers = 256, bytes = 84;
  static INLINE void read(const uint8_t *block, float *to) {
    const uint8_t *scales = block, *q = block + 16;
    const float d = half(block + 80), m = half(block + 82);
    for (int group = 0; group < 16; group++) {
      const int pair = group / 2, from = 32 * (pair / 4) + 16 * (group % 2);
      Bytes x;
      load(q + from, x);
      store((x >> uint8_t(2 * (pair % 4))) & 3, d * float(scales[group] & 15),
            -(m * float(scales[group] >> 4)), to + 16 * group);
    }
  }
};

struct Q3_K {
  static constexpr int64_t numbers = 256, bytes = 110;
  static INLINE void read(const uint8_t *block, float *to) {
    const uint8_t *mask = block, *q = block + 32, *scales = block + 96;
    const float d = half(block + 108);
    for (int group = 0; group < 16; group++) {
      const int low = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
      const int high = (scales[8 + group % 4] >> (2 * (group / 4))) & 3;
      const int pair = group / 2;
      Bytes x, third;
      load(q + 32 * (pair / 4) + 16 * (group % 2), x);
      load(mask + 16 * (group % 2), third);
      x = (x >> uint8_t(2 * (pair % 4))) & 3;
      third = ((third >> uint8_t(pair)) & 1) ^ 1;
      store(Signed(x) - Signed(third << 2), d * float((low | high << 4) - 32), to + 16 * group);
    }
  }
};

/// The six-bit scale and minimum of a group of 32, out of twelve bytes.
INLINE void scaleAndMinimum(const uint8_t *s, int group, int &scale, int &minimum) {
  if (group < 4) {
    scale = s[group] & 63;
    minimum = s[group + 4] & 63;
  } else {
    scale = (s[group + 4] & 15) | ((s[group - 4] >> 2) & 48);
    minimum = (s[group + 4] >> 4) | ((s[group] >> 2) & 48);
  }
}

struct Q4_K {
  static constexpr int64_t numbers = 256, bytes = 144;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block), m = half(block + 2);
    for (int group = 0; group < 8; group++) {
      int scale, minimum;
      scaleAndMinimum(block + 4, group, scale, minimum);
      for (int part = 0; part < 2; part++) {
        Bytes x;
        load(block + 16 + 32 * (group / 2) + 16 * part, x);
        x = group % 2 ? x >> 4 : x & 15;
        store(x, d * float(scale), -(m * float(minimum)), to + 32 * group + 16 * part);
      }
    }
  }
};

struct Q5_K {
  static constexpr int64_t numbers = 256, bytes = 176;
  static INLINE void read(const uint8_t *block, float *to) {
    const float d = half(block), m = half(block + 2);
    for (int group = 0; group < 8; group++) {
      int scale, minimum;
      scaleAndMinimum(block + 4, group, scale, minimum);
      for (int part = 0; part < 2; part++) {
        Bytes x, fifth;
        load(block + 48 + 32 * (group / 2) + 16 * part, x);
        load(block + 16 + 16 * part, fifth);
        x = (group % 2 ? x >> 4 : x & 15) | ((fifth >> uint8_t(group)) & 1) << 4;
        store(x, d * float(scale), -(m * float(minimum)), to + 32 * group + 16 * part);
      }
    }
  }
};

struct Q6_K {
  static constexpr int64_t numbers = 256, bytes = 210;
  static INLINE void read(const uint8_t *block, float *to) {
    const uint8_t *low = block, *high = block + 128;
    const auto *scales = reinterpret_cast<const int8_t *>(block + 192);
    const float d = half(block + 208);
    for (int group = 0; group < 16; group++) {
      const int pair = group / 2, side = pair / 4, turn = pair % 4;
      Bytes x, y;
      load(low + 64 * side + 32 * (turn % 2) + 16 * (group % 2), x);
      load(high + 32 * side + 16 * (group % 2), y);
      x = turn < 2 ? x & 15 : x >> 4;
      x |= ((y >> uint8_t(2 * turn)) & 3) << 4;
      store(Signed(x) - 32, d * float(scales[group]), to + 16 * group);
    }
  }
};

template <typename Format>
INLINE void readAll(const uint8_t *from, int64_t blocks, float *to) {
  for (int64_t i = 0; i < blocks; i++) {
    Format::read(from + i * Format::bytes, to + i * Format::numbers);
  }
}

PER_PROCESSOR void run(Q8_0, const uint8_t *f, int64_t n, float *to) { readAll<Q8_0>(f, n, to); }
PER_PROCESSOR void run(Q4_0, const uint8_t *f, int64_t n, float *to) { readAll<Q4_0>(f, n, to); }
PER_PROCESSOR void run(Q4_1, const uint8_t *f, int64_t n, float *to) { readAll<Q4_1>(f, n, to); }
PER_PROCESSOR void run(Q5_0, const uint8_t *f, int64_t n, float *to) { readAll<Q5_0>(f, n, to); }
PER_PROCESSOR void run(Q5_1, const uint8_t *f, int64_t n, float *to) { readAll<Q5_1>(f, n, to); }
PER_PROCESSOR void run(Q2_K, const uint8_t *f, int64_t n, float *to) { readAll<Q2_K>(f, n, to); }
PER_PROCESSOR void run(Q3_K, const uint8_t *f, int64_t n, float *to) { readAll<Q3_K>(f, n, to); }
PER_PROCESSOR void run(Q4_K, const uint8_t *f, int64_t n, float *to) { readAll<Q4_K>(f, n, to); }
PER_PROCESSOR void run(Q5_K, const uint8_t *f, int64_t n, float *to) { readAll<Q5_K>(f, n, to); }
PER_PROCESSOR void run(Q6_K, const uint8_t *f, int64_t n, float *to) { readAll<Q6_K>(f, n, to); }

/// Calls `body` with the format of ggml's number.
template <typename Body>
void byFormat(int32_t format, Body body) {
  switch (format) {
    case 2: return body(Q4_0{});
    case 3: return body(Q4_1{});
    case 6: return body(Q5_0{});
    case 7: return body(Q5_1{});
    case 8: return body(Q8_0{});
    case 10: return body(Q2_K{});
    case 11: return body(Q3_K{});
    case 12: return body(Q4_K{});
    case 13: return body(Q5_K{});
    case 14: return body(Q6_K{});
    default: TORCH_CHECK(false, "no block format has the number ", format);
  }
}

INLINE void storeHalf(float x, uint8_t *to) {
  const uint16_t bits = c10::detail::fp16_ieee_from_fp32_value(x);
  std::memcpy(to, &bits, sizeof bits);
}

/// 1 / d, or zero where the scale is too small to be kept: its block is then one of zeros.
INLINE float reciprocal(float d) { return std::isfinite(1 / d) ? 1 / d : 0; }

/// The scale so that the largest number is ±127; rounded away from zero in the middle.
void write(Q8_0, const float *x, uint8_t *block) {
  float largest = 0;
  for (int i = 0; i < 32; i++) largest = std::fmax(largest, std::fabs(x[i]));
  const float d = largest / 127, inverse = reciprocal(d);
  storeHalf(d, block);
  for (int i = 0; i < 32; i++) {
    const float scaled = x[i] * inverse, a = std::fabs(scaled), floor = std::floor(a);
    const float rounded = floor + std::floor(2 * (a - floor));
    block[2 + i] = uint8_t(int8_t(std::copysign(rounded, scaled)));
  }
}

/// The scale so that the number farthest from zero is −8.
void write(Q4_0, const float *x, uint8_t *block) {
  float largest = x[0];
  for (int i = 1; i < 32; i++) {
    if (std::fabs(x[i]) > std::fabs(largest)) largest = x[i];
  }
  const float d = largest / -8, inverse = reciprocal(d);
  storeHalf(d, block);
  uint8_t q[32];
  for (int i = 0; i < 32; i++) {
    const float scaled = x[i] * inverse;
    q[i] = uint8_t(std::fmin(std::trunc(scaled + 8.5f), 15.0f));
  }
  for (int i = 0; i < 16; i++) block[2 + i] = uint8_t(q[i] | q[i + 16] << 4);
}

template <typename Format>
void writeAll(const float *from, int64_t begin, int64_t end, uint8_t *to) {
  for (int64_t i = begin; i < end; i++) {
    write(Format{}, from + i * Format::numbers, to + i * Format::bytes);
  }
}

constexpr int64_t grain = 1 << 14;
}  // namespace

CTensor ct_dequantize(int32_t format, const void *bytes, const int64_t *sizes, int64_t rank) {
  return ctorch::guardTensor([&] {
    auto result = at::empty({sizes, static_cast<size_t>(rank)}, at::kFloat);
    byFormat(format, [&]<typename Format>(Format) {
      TORCH_CHECK(result.numel() % Format::numbers == 0, "blocks of ", Format::numbers);
      const auto *from = static_cast<const uint8_t *>(bytes);
      auto *to = result.mutable_data_ptr<float>();
      ctorch::inParallel(
        0, result.numel() / Format::numbers, grain / Format::numbers,
        [&](int64_t begin, int64_t end) {
          run(Format{}, from + begin * Format::bytes, end - begin, to + begin * Format::numbers);
        });
    });
    return result;
  });
}

CTensor ct_quantize(int32_t format, CTensor handle) {
  return ctorch::guardTensor([&] {
    const auto x = ctorch::borrow(handle).to(at::kFloat).contiguous();
    TORCH_CHECK(format == 2 || format == 8, "numbers are written in Q4_0 and Q8_0 only");
    TORCH_CHECK(x.numel() % 32 == 0, "blocks of 32");
    TORCH_CHECK(at::isfinite(x).all().item<bool>(), "a number that is not finite has no block");
    const int64_t blocks = x.numel() / 32;
    const auto *from = x.const_data_ptr<float>();
    auto result = at::empty({blocks * (format == 2 ? Q4_0::bytes : Q8_0::bytes)}, at::kByte);
    auto *to = result.mutable_data_ptr<uint8_t>();
    ctorch::inParallel(0, blocks, grain / 32, [&](int64_t begin, int64_t end) {
      if (format == 2) return writeAll<Q4_0>(from, begin, end, to);
      writeAll<Q8_0>(from, begin, end, to);
    });
    return result;
  });
}
