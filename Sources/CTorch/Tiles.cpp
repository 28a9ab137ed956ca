#include "Tiles.hpp"

#ifdef HAS_TILES
#include <sys/syscall.h>
#include <unistd.h>
#endif

bool ctorch::hasTiles() {
#ifdef HAS_TILES
  static const bool has = [] {
    // Linux lets a process use tiles when it has asked to: their state is part of each thread's.
    constexpr long askForState = 0x1023, tileData = 18;
    return __builtin_cpu_supports("amx-bf16") &&
      __builtin_cpu_supports("amx-int8") && __builtin_cpu_supports("avx512bf16") &&
      syscall(SYS_arch_prctl, askForState, tileData) == 0;
  }();
  return has;
#else
  return false;
#endif
}
