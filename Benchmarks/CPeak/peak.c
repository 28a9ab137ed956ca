#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "kernels.h"

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/// Runs `body` on each of `count` workers of `size` bytes, in a thread each.
static int run(int count, void *workers, size_t size, void *(*body)(void *)) {
  pthread_t *threads = calloc((size_t)count, sizeof *threads);
  if (threads == NULL) return 0;
  int started = 0;
  while (started < count &&
         pthread_create(&threads[started], NULL, body, (char *)workers + size * (size_t)started) == 0)
    ++started;
  for (int i = 0; i < started; ++i) pthread_join(threads[i], NULL);
  free(threads);
  return started == count;
}

/// A thread that counts what it computes.
struct counter {
  struct kernel kernel;
  double seconds;
  double rate;
  volatile float result;
};

static void *count(void *argument) {
  struct counter *counter = argument;
  const long rounds = 100000;
  const double start = now();
  double done = 0, time;
  do {
    counter->result += counter->kernel.run(rounds);
    done += (double)rounds;
    time = now() - start;
  } while (time < counter->seconds);
  counter->rate = done * counter->kernel.operations / time;
  return NULL;
}

const char *peak_instructions(enum peak_kind kind) { return peak_kernel(kind).name; }

double peak_operations(enum peak_kind kind, int threads, double seconds) {
  const struct kernel kernel = peak_kernel(kind);
  if (kernel.name == NULL || threads < 1) return 0;
  struct counter *counters = calloc((size_t)threads, sizeof *counters);
  if (counters == NULL) return 0;
  for (int i = 0; i < threads; ++i) counters[i] = (struct counter){kernel, seconds, 0, 0};
  double rate = 0;
  if (run(threads, counters, sizeof *counters, count))
    for (int i = 0; i < threads; ++i) rate += counters[i].rate;
  free(counters);
  return rate;
}

/// A thread's part of the arrays.
struct slice {
  float *a;
  const float *b, *c;
  size_t count;
  float factor;
};

static void *triad(void *argument) {
  const struct slice *slice = argument;
  float *restrict a = slice->a;
  for (size_t i = 0; i < slice->count; ++i) a[i] = slice->b[i] + slice->factor * slice->c[i];
  return NULL;
}

double peak_bandwidth(int threads, size_t bytes, int repeats) {
  if (threads < 1) return 0;
  const size_t numbers = bytes / sizeof(float), part = numbers / (size_t)threads;
  float *arrays = calloc(3 * numbers, sizeof(float));
  struct slice *slices = calloc((size_t)threads, sizeof *slices);
  double best = 0;
  if (arrays != NULL && slices != NULL) {
    // Memory that was never written would be read from one page of zeros.
    for (size_t i = 0; i < 3 * numbers; ++i) arrays[i] = (float)(i & 7);
    for (int i = 0; i < threads; ++i) {
      float *a = arrays + part * (size_t)i;
      slices[i] = (struct slice){a, a + numbers, a + 2 * numbers, part, 0.5f};
    }
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const double start = now();
      if (!run(threads, slices, sizeof *slices, triad)) break;
      const double rate = 3.0 * sizeof(float) * (double)(part * (size_t)threads) / (now() - start);
      if (rate > best) best = rate;
    }
  }
  free(slices);
  free(arrays);
  return best;
}
