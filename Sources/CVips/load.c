#include "internal.h"

#include <stdio.h>
#include <string.h>

// The loaders that untrusted bytes may reach. Each is fuzzed upstream.
static const char *const trusted[] = {
  "VipsForeignLoadPng", "VipsForeignLoadJpeg", "VipsForeignLoadWebp",
  "VipsForeignLoadNsgif", "VipsForeignLoadTiff", "VipsForeignLoadHeif",
};

static int is_trusted(const char *loader) {
  for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
    if (!strncmp(loader, trusted[i], strlen(trusted[i])))
      return 1;
  return 0;
}

static int check_size(VipsImage *image, int64_t limit, char **message) {
  int64_t pixels = (int64_t)vips_image_get_width(image) * vips_image_get_height(image);
  if (pixels <= limit)
    return CVIPS_OK;
  char text[160];
  snprintf(
    text, sizeof text, "%d x %d is %lld pixels, the limit is %lld", vips_image_get_width(image),
    vips_image_get_height(image), (long long)pixels, (long long)limit);
  return cvips_fail(CVIPS_TOO_LARGE, message, text);
}

// Writes an 8-bit sRGB picture with 3 or 4 bands to t[5], by way of the scope's other places.
static int convert(VipsImage *image, VipsImage **t) {
  if (vips_autorot(image, &t[0], NULL))
    return -1;
  VipsInterpretation space = vips_image_guess_interpretation(t[0]);
  if (vips_image_get_typeof(t[0], VIPS_META_ICC_NAME)) {
    if (vips_icc_transform(
          t[0], &t[1], "srgb", "embedded", TRUE, "intent", VIPS_INTENT_PERCEPTUAL, NULL))
      return -1;
  } else if (space == VIPS_INTERPRETATION_CMYK) {
    if (vips_icc_transform(t[0], &t[1], "srgb", "input_profile", "cmyk", NULL))
      return -1;
  } else if (vips_colourspace(t[0], &t[1], VIPS_INTERPRETATION_sRGB, NULL))
    return -1;
  if (vips_cast_uchar(t[1], &t[2], NULL))
    return -1;
  int bands = vips_image_get_bands(t[2]);
  if (bands == 3 || bands == 4)
    return vips_copy(t[2], &t[5], NULL);
  if (bands > 4)
    return vips_extract_band(t[2], &t[5], 0, "n", 4, NULL);
  // One grey band, perhaps with alpha: three equal bands.
  VipsImage *grey[3];
  if (vips_extract_band(t[2], &t[3], 0, "n", 1, NULL))
    return -1;
  grey[0] = grey[1] = grey[2] = t[3];
  if (vips_bandjoin(grey, &t[4], 3, NULL))
    return -1;
  if (bands == 1)
    return vips_copy(t[4], &t[5], NULL);
  VipsImage *alpha = NULL;
  if (vips_extract_band(t[2], &alpha, 1, "n", 1, NULL))
    return -1;
  int failed = vips_bandjoin2(t[4], alpha, &t[5], NULL);
  g_object_unref(alpha);
  return failed;
}

// Decodes, converts and copies out a picture whose header has been read.
static int finish(VipsImage *image, int64_t limit, CVipsPixels *result, char **message) {
  int status = check_size(image, limit, message);
  if (status)
    return status;
  VipsImage *decoded = vips_image_copy_memory(image);
  if (!decoded)
    return cvips_take_error(message);
  VipsObject *scope = (VipsObject *)vips_image_new();
  VipsImage **t = (VipsImage **)vips_object_local_array(scope, 6);
  status = convert(decoded, t) ? cvips_take_error(message)
                               : cvips_copy_out(t[5], result, message);
  g_object_unref(scope);
  g_object_unref(decoded);
  return status;
}

int cvips_load(
  const void *bytes, size_t length, int64_t pixel_limit, CVipsPixels *result, char **message) {
  int status = cvips_start(message);
  if (status)
    return status;
  vips_error_clear();
  cvips_open_module_for(bytes, length);
  const char *loader = vips_foreign_find_load_buffer(bytes, length);
  if (!loader || !is_trusted(loader)) {
    vips_error_clear();
    return cvips_fail(
      CVIPS_UNKNOWN_FORMAT, message,
      "expected a PNG, JPEG, WebP, GIF, TIFF, HEIF or AVIF picture, found other bytes");
  }
  VipsImage *image = vips_image_new_from_buffer(
    bytes, length, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
  if (!image)
    return cvips_take_error(message);
  status = finish(image, pixel_limit, result, message);
  g_object_unref(image);
  return status;
}

int cvips_load_svg(
  const void *bytes, size_t length, int32_t width, int64_t pixel_limit, CVipsPixels *result,
  char **message) {
  int status = cvips_start(message);
  if (status)
    return status;
  vips_error_clear();
  VipsImage *header = NULL;
  if (vips_svgload_buffer((void *)bytes, length, &header, NULL))
    return cvips_take_error(message);
  double scale = (double)width / vips_image_get_width(header);
  g_object_unref(header);
  VipsImage *image = NULL;
  if (vips_svgload_buffer((void *)bytes, length, &image, "scale", scale, NULL))
    return cvips_take_error(message);
  status = finish(image, pixel_limit, result, message);
  g_object_unref(image);
  return status;
}
