#include "internal.h"

#include <stdlib.h>
#include <string.h>

// Writes the resized picture to t[4].
static int resize(VipsImage *image, int width, int height, VipsImage **t) {
  double scale = (double)width / image->Xsize;
  double vscale = (double)height / image->Ysize;
  if (image->Bands == 3) {
    if (vips_resize(image, &t[2], scale, "vscale", vscale, "kernel", VIPS_KERNEL_LANCZOS3, NULL))
      return -1;
  } else if (
    vips_premultiply(image, &t[0], NULL)
    || vips_resize(t[0], &t[1], scale, "vscale", vscale, "kernel", VIPS_KERNEL_LANCZOS3, NULL)
    || vips_unpremultiply(t[1], &t[2], NULL))
    return -1;
  return vips_rint(t[2], &t[3], NULL) || vips_cast_uchar(t[3], &t[4], NULL);
}

int cvips_resize(
  const CVipsPixels *image, int32_t width, int32_t height, CVipsPixels *result, char **message) {
  int status = cvips_start(message);
  if (status)
    return status;
  vips_error_clear();
  VipsImage *wrapped = cvips_wrap(image);
  if (!wrapped)
    return cvips_take_error(message);
  VipsObject *scope = (VipsObject *)vips_image_new();
  VipsImage **t = (VipsImage **)vips_object_local_array(scope, 5);
  status = resize(wrapped, width, height, t) ? cvips_take_error(message)
                                             : cvips_copy_out(t[4], result, message);
  g_object_unref(scope);
  g_object_unref(wrapped);
  return status;
}

static int encode(
  VipsImage *image, int format, int32_t quality, int lossless, const char *xmp, void **data,
  size_t *length) {
  gboolean strip = xmp == NULL;
  if (xmp)
    vips_image_set_blob_copy(image, VIPS_META_XMP_NAME, xmp, strlen(xmp));
  switch (format) {
  case CVIPS_PNG:
    return vips_pngsave_buffer(
      image, data, length, "compression", quality, "strip", TRUE, NULL);
  case CVIPS_JPEG:
    return vips_jpegsave_buffer(
      image, data, length, "Q", quality, "strip", strip, "optimize_coding", TRUE, NULL);
  case CVIPS_WEBP:
    return vips_webpsave_buffer(
      image, data, length, "Q", quality, "lossless", lossless, "strip", strip, NULL);
  }
  vips_error("encode", "format %d is not one of ours", format);
  return -1;
}

// Gives libvips' bytes out as ours, so that cvips_free is free().
static int give(void *data, size_t length, uint8_t **bytes, char **message) {
  *bytes = malloc(length);
  if (*bytes)
    memcpy(*bytes, data, length);
  g_free(data);
  return *bytes ? CVIPS_OK : cvips_fail(CVIPS_FAILED, message, "out of memory");
}

int cvips_encode(
  const CVipsPixels *image, int format, int32_t quality, int lossless, const char *xmp,
  uint8_t **bytes, size_t *length, char **message) {
  int status = cvips_start(message);
  if (status)
    return status;
  vips_error_clear();
  VipsImage *wrapped = cvips_wrap(image);
  if (!wrapped)
    return cvips_take_error(message);
  void *data = NULL;
  const int failed = encode(wrapped, format, quality, lossless, xmp, &data, length);
  g_object_unref(wrapped);
  return failed ? cvips_take_error(message) : give(data, *length, bytes, message);
}

int cvips_encode_gif(
  const CVipsPixels *frames, int32_t frame_height, int32_t *delays, int32_t count,
  uint8_t **bytes, size_t *length, char **message) {
  int status = cvips_start(message);
  if (status)
    return status;
  vips_error_clear();
  VipsImage *wrapped = cvips_wrap(frames);
  if (!wrapped)
    return cvips_take_error(message);
  vips_image_set_int(wrapped, VIPS_META_PAGE_HEIGHT, frame_height);
  vips_image_set_array_int(wrapped, "delay", delays, count);
  vips_image_set_int(wrapped, "loop", 0);
  void *data = NULL;
  const int failed = vips_gifsave_buffer(wrapped, &data, length, NULL);
  g_object_unref(wrapped);
  return failed ? cvips_take_error(message) : give(data, *length, bytes, message);
}

int cvips_text(
  const char *markup, const char *font, int32_t width, CVipsPixels *result, char **message) {
  int status = cvips_start(message);
  if (status)
    return status;
  vips_error_clear();
  VipsImage *image = NULL;
  if (vips_text(&image, markup, "font", font, "width", width, "dpi", 72, NULL))
    return cvips_take_error(message);
  status = cvips_copy_out(image, result, message);
  g_object_unref(image);
  return status;
}
