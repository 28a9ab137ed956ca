#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

// What the reader writes: this, the comment, the times, the pixels; or this and a message.
typedef struct Answer {
  char magic[8];
  int32_t status;
  // Without what its pointers lead to, which follows.
  CFFmpegFrames frames;
  // Bytes of the message, or of the comment; -1 is none.
  int64_t text;
} Answer;

static const char magic[8] = "CLIP0001";
enum { LONGEST_TEXT = 1 << 21 };

// The reader's side.

static void limit(int resource, int64_t most) {
  const struct rlimit both = {(rlim_t)most, (rlim_t)most};
  setrlimit(resource, &both);
}

// Takes from this process what reading does not need, before the first byte is read.
static void confine(const CFFmpegLimits *limits) {
#ifdef __linux__
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  // The frames, twice while they grow; what a codec keeps of 16 frames; the libraries, 190 MB.
  limit(RLIMIT_AS, 2 * limits->bytes + 64 * limits->pixels + (512 << 20));
  limit(RLIMIT_CPU, limits->seconds);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  // Only what is open stays so: input, answer, errors.
  limit(RLIMIT_NOFILE, 3);
}

static int put(const void *bytes, size_t length) {
  const char *rest = bytes;
  while (length) {
    ssize_t count = write(STDOUT_FILENO, rest, length);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return 0;
    rest += count;
    length -= (size_t)count;
  }
  return 1;
}

int cffmpeg_serve(int count, char **arguments) {
  if (count != 5) {
    fputs("usage: inkwell-clip-reader PIXELS FRAMES BYTES SECONDS < FILE\n", stderr);
    return 64;
  }
  const CFFmpegLimits limits = {
    strtoll(arguments[1], NULL, 10), strtoll(arguments[2], NULL, 10),
    strtoll(arguments[3], NULL, 10), strtoll(arguments[4], NULL, 10)};
  confine(&limits);
  CFFmpegFrames frames;
  char *message = NULL;
  const int status = cffmpeg_read(STDIN_FILENO, &limits, &frames, &message);
  const char *text = status ? message : frames.comment;
  Answer answer;
  memset(&answer, 0, sizeof answer);
  memcpy(answer.magic, magic, sizeof magic);
  answer.status = status;
  answer.frames = frames;
  answer.frames.pixels = NULL;
  answer.frames.times = NULL;
  answer.frames.comment = NULL;
  answer.text = text ? (int64_t)strlen(text) : -1;
  const size_t size = (size_t)frames.width * (size_t)frames.height * 3;
  const int is_written =
    put(&answer, sizeof answer) && (!text || put(text, strlen(text)))
    && put(frames.times, (size_t)frames.count * sizeof *frames.times)
    && put(frames.pixels, (size_t)frames.count * size);
  return is_written ? 0 : 74;
}

// The side of the process that asks.

typedef struct Child {
  pid_t process;
  int answers;
  int64_t deadline;
} Child;

static int64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Reads so many bytes; 0 if they did not come in time.
static int get(const Child *child, void *bytes, size_t length) {
  char *rest = bytes;
  while (length) {
    struct pollfd wait = {child->answers, POLLIN, 0};
    const int64_t left = child->deadline - milliseconds();
    if (left <= 0)
      return 0;
    const int ready = poll(&wait, 1, left < 1000 ? (int)left : 1000);
    if (ready == 0 || (ready < 0 && errno == EINTR))
      continue;
    const ssize_t count = ready < 0 ? -1 : read(child->answers, rest, length);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return 0;
    rest += count;
    length -= (size_t)count;
  }
  return 1;
}

static int start(
  Child *child, const char *program, int file, const CFFmpegLimits *limits, char **message) {
  int ends[2];
  if (pipe(ends))
    return cffmpeg_fail(CFFMPEG_NO_READER, message, "no pipe: %s", strerror(errno));
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, file, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#ifdef __GLIBC__
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
#endif
  char numbers[4][24];
  const int64_t values[4] = {limits->pixels, limits->frames, limits->bytes, limits->seconds};
  for (int i = 0; i < 4; i++)
    snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)values[i]);
  char *arguments[] = {(char *)program, numbers[0], numbers[1], numbers[2], numbers[3], NULL};
  char *nothing[] = {NULL};
  const int code =
    posix_spawn(&child->process, program, &actions, NULL, arguments, nothing);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  child->answers = ends[0];
  // The time of the processor is limited in the child; a disk may be slow besides.
  child->deadline = milliseconds() + 2000 * limits->seconds;
  if (!code)
    return CFFMPEG_OK;
  close(ends[0]);
  return cffmpeg_fail(CFFMPEG_NO_READER, message, "%s: %s", program, strerror(code));
}

// Whether the answer is within the limits that were given.
static int is_sound(const Answer *answer, const CFFmpegLimits *limits) {
  if (memcmp(answer->magic, magic, sizeof magic) || answer->text > LONGEST_TEXT)
    return 0;
  const CFFmpegFrames *frames = &answer->frames;
  if (answer->status)
    return answer->status > 0 && answer->status < CFFMPEG_NO_READER && answer->text >= 0;
  const int64_t pixels = (int64_t)frames->width * frames->height;
  return frames->tick_numerator > 0 && frames->tick_denominator > 0 && frames->width > 0
    && frames->height > 0 && pixels <= limits->pixels && frames->count > 0
    && frames->count <= limits->frames && frames->count <= limits->bytes / (3 * pixels);
}

// Whether times rise from 0, as they do unless the reader was taken over by what it read.
static int do_rise(const CFFmpegFrames *frames) {
  for (int64_t i = 1; i < frames->count; i++)
    if (frames->times[i] <= frames->times[i - 1])
      return 0;
  return frames->times[0] == 0;
}

static char *get_text(const Child *child, int64_t length) {
  char *text = malloc((size_t)length + 1);
  if (text && !get(child, text, (size_t)length)) {
    free(text);
    return NULL;
  }
  if (text)
    text[length] = '\0';
  return text;
}

// Takes the answer; CFFMPEG_NO_READER if there is none.
static int take(
  const Child *child, const CFFmpegLimits *limits, CFFmpegFrames *result, char **message) {
  Answer answer;
  if (!get(child, &answer, sizeof answer) || !is_sound(&answer, limits))
    return CFFMPEG_NO_READER;
  char *text = answer.text >= 0 ? get_text(child, answer.text) : NULL;
  if (answer.text >= 0 && !text)
    return CFFMPEG_NO_READER;
  if (answer.status) {
    *message = text;
    return answer.status;
  }
  *result = answer.frames;
  result->comment = text;
  const size_t ticks = (size_t)result->count * sizeof *result->times;
  const size_t size = (size_t)result->count * (size_t)result->width * (size_t)result->height * 3;
  result->times = malloc(ticks);
  result->pixels = malloc(size);
  if (!result->pixels || !result->times)
    return cffmpeg_refuse(AVERROR(ENOMEM), "keeping frames", message);
  const int is_whole = get(child, result->times, ticks) && do_rise(result)
    && get(child, result->pixels, size);
  return is_whole ? CFFMPEG_OK : CFFMPEG_NO_READER;
}

int cffmpeg_read_in_process(
  const char *program, int file, const CFFmpegLimits *limits, CFFmpegFrames *result,
  char **message) {
  *message = NULL;
  memset(result, 0, sizeof *result);
  Child child;
  int status = start(&child, program, file, limits, message);
  if (status)
    return status;
  status = take(&child, limits, result, message);
  const int is_late = milliseconds() >= child.deadline;
  close(child.answers);
  if (status)
    kill(child.process, SIGKILL);
  int end = 0;
  while (waitpid(child.process, &end, 0) < 0 && errno == EINTR)
    continue;
  if (!status)
    return CFFMPEG_OK;
  cffmpeg_free_frames(result);
  if (status != CFFMPEG_NO_READER || *message)
    return status;
  const int signal = WIFSIGNALED(end) ? WTERMSIG(end) : 0;
  if (is_late || signal == SIGXCPU)
    return cffmpeg_fail(
      status, message, "it took longer than the limit of %lld seconds",
      (long long)limits->seconds);
  if (signal && signal != SIGKILL)
    return cffmpeg_fail(status, message, "the reader crashed: %s", strsignal(signal));
  return cffmpeg_fail(status, message, "the reader ended without an answer");
}
