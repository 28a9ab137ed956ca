#ifdef __APPLE__
// Untested.
#include <stdio.h>

#include "CFiles.h"

int cfiles_exchange(const char *a, const char *b) { return renamex_np(a, b, RENAME_SWAP); }
#else
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

#include "CFiles.h"

int cfiles_exchange(const char *a, const char *b) {
  return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}
#endif
