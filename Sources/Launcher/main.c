// `inkwell`: answers `--version`, and runs `inkwell-program` beside itself for all else.
//
// The program is linked with LibTorch, whose 90,000 symbols are looked up and whose operators are
// registered whenever it starts. That takes four tenths of a second, in which a shell's prompt or
// an installer's check has long had its answer from here.

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __APPLE__  // Untested.
#include <mach-o/dyld.h>
#endif

#include "../CProgram/version.h"

static const char program[] = "inkwell-program";

/// Writes the path of this executable, with links followed. Answers 0, or -1 and `errno`.
static int own_path(char path[PATH_MAX]) {
#ifdef __APPLE__
  char asked[PATH_MAX];
  uint32_t room = sizeof asked;
  if (_NSGetExecutablePath(asked, &room) != 0) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return realpath(asked, path) == NULL ? -1 : 0;
#else
  return realpath("/proc/self/exe", path) == NULL ? -1 : 0;
#endif
}

static int fail(const char *path) {
  fprintf(
      stderr, "inkwell: cannot run %s: %s. `inkwell` and `%s` stand in one folder.\n", path,
      strerror(errno), program);
  return 126;
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "--version") == 0) {
    const int unsaid = puts(INKWELL_VERSION) == EOF || fflush(stdout) == EOF;
    return unsaid ? EXIT_FAILURE : EXIT_SUCCESS;
  }
  char path[PATH_MAX];
  if (own_path(path) != 0) {
    return fail(program);
  }
  char *name = strrchr(path, '/') + 1;
  if ((size_t)(name - path) + sizeof program > sizeof path) {
    errno = ENAMETOOLONG;
    return fail(program);
  }
  memcpy(name, program, sizeof program);
  execv(path, arguments);
  return fail(path);
}
