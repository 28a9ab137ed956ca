#if defined(__x86_64__)

#include <immintrin.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "kernels.h"

static volatile float one = 1.0f, small = 1e-6f;

#define INTEGERS_256(x) _mm256_set1_epi32((int)(x)+1)
#define INTEGERS_512(x) _mm512_set1_epi32((int)(x)+1)
#define BFLOAT16(x) ((__m512bh)_mm512_set1_ps(x))
#define FIRST_256(x) _mm256_cvtsi256_si32(x)
#define FIRST_512(x) _mm_cvtsi128_si32(_mm512_castsi512_si128(x))

LOOP(float32_256, "avx2,fma", __m256, __m256, _mm256_set1_ps,
     _mm256_fmadd_ps(a, b, sums[i]), _mm256_cvtss_f32(sums[i]))
LOOP(float32_512, "avx512f", __m512, __m512, _mm512_set1_ps,
     _mm512_fmadd_ps(a, b, sums[i]), _mm512_cvtss_f32(sums[i]))
LOOP(bfloat16_512, "avx512f,avx512bf16", __m512, __m512bh, BFLOAT16,
     _mm512_dpbf16_ps(sums[i], a, b), _mm512_cvtss_f32(sums[i]))
LOOP(int8_256, "avx2,avxvnni", __m256i, __m256i, INTEGERS_256,
     _mm256_dpbusd_avx_epi32(sums[i], a, b), FIRST_256(sums[i]))
LOOP(int8_512, "avx512f,avx512vnni", __m512i, __m512i, INTEGERS_512,
     _mm512_dpbusd_epi32(sums[i], a, b), FIRST_512(sums[i]))

#if defined(__linux__)
/// A loop over a product of tiles, four of which do not wait for one another.
#define TILE_LOOP(name, features, product) \
  __attribute__((target("amx-tile," features))) static float name(long rounds) { \
    struct { \
      unsigned char palette, start, reserved[14]; \
      unsigned short row_bytes[16]; \
      unsigned char rows[16]; \
    } layout __attribute__((aligned(64))) = {1, 0, {0}, {0}, {0}}; \
    for (int i = 0; i < 8; ++i) { \
      layout.row_bytes[i] = 64; \
      layout.rows[i] = 16; \
    } \
    _tile_loadconfig(&layout); \
    for (long round = 0; round < rounds / 16; ++round) { \
      product(0, 4, 6); \
      product(1, 4, 7); \
      product(2, 5, 6); \
      product(3, 5, 7); \
    } \
    float result[256]; \
    _tile_stored(0, result, 64); \
    _tile_release(); \
    return result[0]; \
  }
TILE_LOOP(bfloat16_tiles, "amx-bf16", _tile_dpbf16ps)
TILE_LOOP(int8_tiles, "amx-int8", _tile_dpbssd)

/// Whether the system lets this process use tiles, which it has to ask for.
static int has_tiles(void) { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }
#endif

struct kernel peak_kernel(enum peak_kind kind) {
  switch (kind) {
  case peak_float32:
    if (__builtin_cpu_supports("avx512f"))
      return (struct kernel){"AVX-512", CHAINS * 16 * 2, float32_512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      return (struct kernel){"AVX2 FMA", CHAINS * 8 * 2, float32_256};
    break;
  case peak_bfloat16:
#if defined(__linux__)
    // Sixteen rounds are one of four products of 16 × 16 sums of 32 products each.
    if (__builtin_cpu_supports("amx-bf16") && has_tiles())
      return (struct kernel){"AMX-BF16", 4 * 16 * 16 * 32 * 2 / 16, bfloat16_tiles};
#endif
    if (__builtin_cpu_supports("avx512bf16"))
      return (struct kernel){"AVX512-BF16", CHAINS * 16 * 2 * 2, bfloat16_512};
    break;
  case peak_int8:
#if defined(__linux__)
    if (__builtin_cpu_supports("amx-int8") && has_tiles())
      return (struct kernel){"AMX-INT8", 4 * 16 * 16 * 64 * 2 / 16, int8_tiles};
#endif
    if (__builtin_cpu_supports("avx512vnni"))
      return (struct kernel){"AVX512-VNNI", CHAINS * 16 * 4 * 2, int8_512};
    if (__builtin_cpu_supports("avxvnni"))
      return (struct kernel){"AVX-VNNI", CHAINS * 8 * 4 * 2, int8_256};
    break;
  }
  return (struct kernel){0};
}

#endif
