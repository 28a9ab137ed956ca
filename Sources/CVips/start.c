#include "internal.h"

#include <stdlib.h>
#include <string.h>

static void drop_log(
  const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
  // Warnings about a broken file also arrive as errors, because loads fail on them.
  (void)domain, (void)level, (void)message, (void)data;
}

static gpointer start(gpointer unused) {
  (void)unused;
  if (cvips_init_without_modules())
    return strdup(vips_error_buffer());
  // Pictures arrive from strangers: loaders that libvips does not fuzz stay closed. The SVG
  // loader opens again below, but only cvips_load_svg calls it: cvips_load has its own list.
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoadSvg", FALSE);
  // Cached operations would point at callers' buffers after those are gone.
  vips_cache_set_max(0);
  vips_concurrency_set(1);
  g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, drop_log, NULL);
  return NULL;
}

int cvips_start(char **message) {
  static GOnce once = G_ONCE_INIT;
  *message = NULL;
  g_once(&once, start, NULL);
  return once.retval ? cvips_fail(CVIPS_FAILED, message, once.retval) : CVIPS_OK;
}

int cvips_fail(int status, char **message, const char *text) {
  *message = strdup(text);
  return status;
}

int cvips_take_error(char **message) {
  char *text = vips_error_buffer_copy();
  g_strchomp(text);
  *message = strdup(*text ? text : "libvips gave no reason");
  g_free(text);
  return CVIPS_FAILED;
}

int cvips_copy_out(VipsImage *image, CVipsPixels *result, char **message) {
  size_t length = 0;
  void *data = vips_image_write_to_memory(image, &length);
  if (!data)
    return cvips_take_error(message);
  // One allocator for all that goes out, so that cvips_free is free().
  result->data = malloc(length);
  if (result->data)
    memcpy(result->data, data, length);
  g_free(data);
  if (!result->data)
    return cvips_fail(CVIPS_FAILED, message, "out of memory");
  result->width = vips_image_get_width(image);
  result->height = vips_image_get_height(image);
  result->bands = vips_image_get_bands(image);
  return CVIPS_OK;
}

VipsImage *cvips_wrap(const CVipsPixels *image) {
  size_t length = (size_t)image->width * image->height * image->bands;
  VipsImage *wrapped = vips_image_new_from_memory(
    image->data, length, image->width, image->height, image->bands, VIPS_FORMAT_UCHAR);
  if (wrapped)
    wrapped->Type = image->bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  return wrapped;
}

const char *cvips_version(void) { return vips_version_string(); }

void cvips_free(void *pointer) { free(pointer); }
