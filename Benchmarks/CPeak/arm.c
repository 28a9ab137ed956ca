// Compiled for Arm, but untested there.
#if defined(__aarch64__)

#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "kernels.h"

static volatile float one = 1.0f, small = 1e-6f;

#define BFLOAT16(x) vreinterpretq_bf16_f32(vdupq_n_f32(x))
#define INTEGERS(x) vdupq_n_s8((signed char)(x)+1)

LOOP(float32_128, "neon", float32x4_t, float32x4_t, vdupq_n_f32, vfmaq_f32(sums[i], a, b),
     vgetq_lane_f32(sums[i], 0))
LOOP(bfloat16_128, "bf16", float32x4_t, bfloat16x8_t, BFLOAT16, vbfmmlaq_f32(sums[i], a, b),
     vgetq_lane_f32(sums[i], 0))
LOOP(int8_dot, "dotprod", int32x4_t, int8x16_t, INTEGERS, vdotq_s32(sums[i], a, b),
     vgetq_lane_s32(sums[i], 0))
LOOP(int8_matrix, "i8mm", int32x4_t, int8x16_t, INTEGERS, vmmlaq_s32(sums[i], a, b),
     vgetq_lane_s32(sums[i], 0))

enum feature { has_dot, has_bfloat16, has_int8_matrix };

static int has(enum feature feature) {
#if defined(__linux__)
  // Bits of the Linux kernel's asm/hwcap.h.
  switch (feature) {
  case has_dot: return (getauxval(AT_HWCAP) >> 20) & 1;
  case has_bfloat16: return (getauxval(AT_HWCAP2) >> 14) & 1;
  case has_int8_matrix: return (getauxval(AT_HWCAP2) >> 13) & 1;
  }
  return 0;
#elif defined(__APPLE__)
  static const char *const names[] = {
    "hw.optional.arm.FEAT_DotProd", "hw.optional.arm.FEAT_BF16", "hw.optional.arm.FEAT_I8MM"};
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(names[feature], &value, &size, NULL, 0) == 0 && value;
#else
  return 0;
#endif
}

struct kernel peak_kernel(enum peak_kind kind) {
  switch (kind) {
  case peak_float32: return (struct kernel){"NEON", CHAINS * 4 * 2, float32_128};
  case peak_bfloat16:
    if (has(has_bfloat16))
      return (struct kernel){"BFMMLA", CHAINS * 2 * 2 * 4 * 2, bfloat16_128};
    break;
  case peak_int8:
    if (has(has_int8_matrix))
      return (struct kernel){"SMMLA", CHAINS * 2 * 2 * 8 * 2, int8_matrix};
    if (has(has_dot)) return (struct kernel){"SDOT", CHAINS * 4 * 4 * 2, int8_dot};
    break;
  }
  return (struct kernel){0};
}

#endif
