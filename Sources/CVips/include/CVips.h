// A C header over the part of libvips that pictures need.
//
// Every function returns CVIPS_OK or the reason it failed. On failure `*message` is libvips' own
// text (or ours), which the caller releases with `cvips_free`; on success it is NULL. Pixels are
// 8-bit, interleaved, in rows from the top, sRGB, with 3 bands (RGB), 4 (RGBA, alpha not
// multiplied in) or 1 (coverage of a text). All functions may be called from any thread.
#ifndef CVIPS_H
#define CVIPS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum CVipsStatus {
  CVIPS_OK = 0,
  // libvips refused: the message is its own.
  CVIPS_FAILED = 1,
  // The picture has more pixels than the caller allows; found in its header, before decoding.
  CVIPS_TOO_LARGE = 2,
  // The bytes are in none of the formats that are loaded from untrusted sources.
  CVIPS_UNKNOWN_FORMAT = 3,
};

enum CVipsFormat {
  CVIPS_PNG = 0,
  CVIPS_JPEG = 1,
  CVIPS_WEBP = 2,
};

typedef struct CVipsPixels {
  uint8_t *data;
  int32_t width;
  int32_t height;
  int32_t bands;
} CVipsPixels;

// Decodes PNG, JPEG, WebP, GIF (its first frame), TIFF, HEIF or AVIF bytes into sRGB, turned
// upright as EXIF says. SVG and everything else that libvips marks as untrusted is refused.
int cvips_load(
  const void *bytes, size_t length, int64_t pixel_limit, CVipsPixels *result, char **message);

// Renders an SVG at a width in pixels, keeping its proportions. For drawings from known
// packages only: this is the one entry that reaches the SVG loader.
int cvips_load_svg(
  const void *bytes, size_t length, int32_t width, int64_t pixel_limit, CVipsPixels *result,
  char **message);

// Resizes by Lanczos' kernel (3 lobes) with the alpha multiplied in while it does.
int cvips_resize(
  const CVipsPixels *image, int32_t width, int32_t height, CVipsPixels *result, char **message);

// Encodes pixels. `quality` is 1 to 100 for JPEG and WebP, the deflate level 0 to 9 for PNG.
// `lossless` is read for WebP only. `xmp` is a packet of XMP for JPEG and WebP, or NULL; the file
// has no other metadata of ours.
int cvips_encode(
  const CVipsPixels *image, int format, int32_t quality, int lossless, const char *xmp,
  uint8_t **bytes, size_t *length, char **message);

// Encodes frames that stand one below the other, each `frame_height` high, as a GIF that is played
// again and again. `delays` has how long each of them is shown, in milliseconds.
int cvips_encode_gif(
  const CVipsPixels *frames, int32_t frame_height, int32_t *delays, int32_t count,
  uint8_t **bytes, size_t *length, char **message);

// Draws Pango markup in one band: 0 for paper, 255 for ink. Lines break at `width` pixels.
int cvips_text(
  const char *markup, const char *font, int32_t width, CVipsPixels *result, char **message);

// libvips' version, such as "8.14.1". Not to be released.
const char *cvips_version(void);

// Releases what this header's functions returned. NULL is allowed.
void cvips_free(void *pointer);

#ifdef __cplusplus
}
#endif

#endif
