#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COpenVINO.h"
#include "api.h"

// Found as the libraries that are linked are: beside an installed program, else where set-up put it.
#if defined(__APPLE__)  // Untested.
static const char *const library = "@rpath/libopenvino_c.2641.dylib";
#else
static const char *const library = "libopenvino_c.so.2641";
#endif

static openvino_api api;
static char failure[1024];

static void open_once(void) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    snprintf(failure, sizeof failure, "OpenVINO's runtime is not there: %s", reason ? reason : library);
    return;
  }
#define OPENVINO_FIND(result, name, arguments) \
  if (!(*(void **)&api.name = dlsym(handle, #name))) { \
    snprintf(failure, sizeof failure, "%s has no function " #name, library); \
    return; \
  }
  OPENVINO_FUNCTIONS(OPENVINO_FIND)
#undef OPENVINO_FIND
  if (api.ov_core_create(&api.core) != 0) {
    const char *reason = api.ov_get_last_err_msg();
    snprintf(
      failure, sizeof failure, "OpenVINO's runtime does not start: %s", reason ? reason : "");
  }
}

const openvino_api *openvino_open(char **message) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, open_once);
  if (failure[0] == '\0') return &api;
  *message = strdup(failure);
  return NULL;
}

bool openvino_is_available(char **message) { return openvino_open(message) != NULL; }

char *openvino_version(char **message) {
  const openvino_api *ov = openvino_open(message);
  if (!ov) return NULL;
  ov_version_t version = {0};
  if (ov->ov_get_openvino_version(&version) != 0) {
    *message = strdup("OpenVINO does not tell its version");
    return NULL;
  }
  char *result = strdup(version.buildNumber ? version.buildNumber : "");
  ov->ov_version_free(&version);
  return result;
}
