#if defined(__x86_64__)

#include <immintrin.h>

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

struct kernel peak_kernel(enum peak_kind kind) {
  switch (kind) {
  case peak_float32:
    if (__builtin_cpu_supports("avx512f"))
      return (struct kernel){"AVX-512", CHAINS * 16 * 2, float32_512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      return (struct kernel){"AVX2 FMA", CHAINS * 8 * 2, float32_256};
    break;
  case peak_bfloat16:
    if (__builtin_cpu_supports("avx512bf16"))
      return (struct kernel){"AVX512-BF16", CHAINS * 16 * 2 * 2, bfloat16_512};
    break;
  case peak_int8:
    if (__builtin_cpu_supports("avx512vnni"))
      return (struct kernel){"AVX512-VNNI", CHAINS * 16 * 4 * 2, int8_512};
    if (__builtin_cpu_supports("avxvnni"))
      return (struct kernel){"AVX-VNNI", CHAINS * 8 * 4 * 2, int8_256};
    break;
  }
  return (struct kernel){0};
}

#endif
