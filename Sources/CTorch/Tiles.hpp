// The matrix unit of Intel's processors, AMX, whose registers are tiles of 16 rows of 64 bytes.
#pragma once
#include <cstdint>

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#define HAS_TILES 1
/// Marks a function that uses tiles and the vectors that every processor with tiles has. What a
/// lambda in it does is not marked.
#define TILES                                                                                  \
  __attribute__((                                                                              \
    target("amx-tile,amx-bf16,amx-int8,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,avx2")))
#endif

namespace ctorch {
/// Whether the processor has tiles, and the system lets this process use them.
bool hasTiles();

/// The rows of a tile, and the sums in a row of one.
constexpr int64_t tileRows = 16;
/// The numbers in bfloat16 in a row of a tile; of 8 bits there are twice as many.
constexpr int64_t tileDepth = 32;
/// The numbers in bfloat16 of a tile.
constexpr int64_t tileSize = tileRows * tileDepth;
/// The sums of a tile.
constexpr int64_t tileSums = tileRows * tileRows;
/// The bytes of a row of a tile.
constexpr int64_t tileRowBytes = 64;

#ifdef HAS_TILES
/// This thread's eight tiles, all of the full size, as long as it lives.
class Tiles {
public:
  TILES Tiles() {
    struct alignas(64) {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t rowBytes[16] = {};
      uint8_t rows[16] = {};
    } layout;
    for (int tile = 0; tile < 8; tile++) {
      layout.rowBytes[tile] = tileRowBytes;
      layout.rows[tile] = tileRows;
    }
    _tile_loadconfig(&layout);
  }
  TILES ~Tiles() { _tile_release(); }
  Tiles(const Tiles &) = delete;
  Tiles &operator=(const Tiles &) = delete;
};
#endif
}  // namespace ctorch
