#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libvips opens all of its modules when it starts: readers of PDF, of slides and of what ImageMagick
// knows, with the libraries of each. Pictures need one of them, and only for HEIF and AVIF; the
// others would take 20 ms of every start (54 instead of 32 on an AMD EPYC).

int cvips_init_without_modules(void) {
  // The place below which libvips looks for modules, unless the user has named another.
  const char *name = "VIPSHOME";
  const int is_ours = !getenv(name);
  if (is_ours)
    setenv(name, "/nonexistent", 1);
  const int failed = VIPS_INIT("inkwell");
  if (is_ours)
    unsetenv(name);
  return failed;
}

static gpointer open_heif(gpointer unused) {
  (void)unused;
  Dl_info library;
  char file[PATH_MAX], path[PATH_MAX + 64];
  if (!dladdr((void *)vips_version, &library) || !realpath(library.dli_fname, file))
    return NULL;
  *strrchr(file, '/') = '\0';
  snprintf(
    path, sizeof path, "%s/vips-modules-%d.%d/vips-heif.so", file, vips_version(0),
    vips_version(1));
  // A libvips that was built without modules has the reader in it.
  void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!module)
    return NULL;
  const char *(*start)(void *) = (const char *(*)(void *))dlsym(module, "g_module_check_init");
  if (start)
    start(NULL);
  return NULL;
}

void cvips_open_module_for(const void *bytes, size_t length) {
  // HEIF and AVIF are boxes of ISO 14496-12, the first of which is of the type "ftyp".
  if (length < 12 || memcmp((const char *)bytes + 4, "ftyp", 4))
    return;
  static GOnce once = G_ONCE_INIT;
  g_once(&once, open_heif, NULL);
}
