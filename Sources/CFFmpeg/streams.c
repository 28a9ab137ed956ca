#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cffmpeg_fail(int status, char **message, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  *message = strdup(text);
  return status;
}

int cffmpeg_refuse(int code, const char *action, char **message) {
  char reason[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(code, reason, sizeof reason);
  int status = code == AVERROR(ENOMEM) ? CFFMPEG_TOO_LARGE : CFFMPEG_FAILED;
  return cffmpeg_fail(status, message, "%s: %s", action, reason);
}

void cffmpeg_free(void *pointer) { free(pointer); }

void cffmpeg_free_frames(CFFmpegFrames *frames) {
  free(frames->pixels);
  free(frames->times);
  free(frames->comment);
  memset(frames, 0, sizeof *frames);
}

enum { BUFFER = 1 << 15 };

static int64_t sought(int64_t position, int64_t size, int64_t offset, int whence) {
  switch (whence & ~AVSEEK_FORCE) {
  case SEEK_SET: return offset;
  case SEEK_CUR: return position + offset;
  case SEEK_END: return size + offset;
  default: return AVERROR(EINVAL);
  }
}

static int read_file(void *opaque, uint8_t *buffer, int length) {
  CFFmpegSource *source = opaque;
  ssize_t count = pread(source->file, buffer, (size_t)length, source->position);
  if (count < 0)
    return AVERROR(errno);
  source->position += count;
  return count ? (int)count : AVERROR_EOF;
}

static int64_t seek_file(void *opaque, int64_t offset, int whence) {
  CFFmpegSource *source = opaque;
  if (whence & AVSEEK_SIZE)
    return source->size;
  int64_t position = sought(source->position, source->size, offset, whence);
  if (position > source->size)
    source->is_short = 1;
  if (position < 0)
    return AVERROR(EINVAL);
  return source->position = position;
}

static AVIOContext *context(
  void *opaque, int is_for_writing, int (*read)(void *, uint8_t *, int),
  int (*write)(void *, uint8_t *, int), int64_t (*seek)(void *, int64_t, int)) {
  uint8_t *buffer = av_malloc(BUFFER);
  if (!buffer)
    return NULL;
  AVIOContext *made =
    avio_alloc_context(buffer, BUFFER, is_for_writing, opaque, read, write, seek);
  if (!made)
    av_free(buffer);
  return made;
}

AVIOContext *cffmpeg_open(CFFmpegSource *source) {
  source->position = 0;
  source->size = lseek(source->file, 0, SEEK_END);
  source->is_short = 0;
  return context(source, 0, read_file, NULL, seek_file);
}

// A view of memory: several may stand over one.
typedef struct View {
  CFFmpegMemory *memory;
  int64_t position;
} View;

static int read_memory(void *opaque, uint8_t *buffer, int length) {
  View *view = opaque;
  int64_t rest = view->memory->size - view->position;
  if (rest <= 0)
    return AVERROR_EOF;
  int count = rest < length ? (int)rest : length;
  memcpy(buffer, view->memory->bytes + view->position, (size_t)count);
  view->position += count;
  return count;
}

static int write_memory(void *opaque, uint8_t *buffer, int length) {
  View *view = opaque;
  CFFmpegMemory *memory = view->memory;
  int64_t end = view->position + length;
  if (end > memory->capacity) {
    int64_t capacity = 2 * end;
    uint8_t *bytes = realloc(memory->bytes, (size_t)capacity);
    if (!bytes)
      return AVERROR(ENOMEM);
    memset(bytes + memory->capacity, 0, (size_t)(capacity - memory->capacity));
    memory->bytes = bytes;
    memory->capacity = capacity;
  }
  memcpy(memory->bytes + view->position, buffer, (size_t)length);
  view->position = end;
  if (end > memory->size)
    memory->size = end;
  return length;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence) {
  View *view = opaque;
  if (whence & AVSEEK_SIZE)
    return view->memory->size;
  int64_t position = sought(view->position, view->memory->size, offset, whence);
  return position < 0 ? AVERROR(EINVAL) : (view->position = position);
}

AVIOContext *cffmpeg_open_memory(CFFmpegMemory *memory, int is_for_writing) {
  View *view = malloc(sizeof *view);
  if (!view)
    return NULL;
  *view = (View){memory, 0};
  AVIOContext *made = context(view, is_for_writing, read_memory, write_memory, seek_memory);
  if (!made)
    free(view);
  return made;
}

void cffmpeg_close(AVIOContext **context) {
  if (!*context)
    return;
  if ((*context)->read_packet == read_memory)
    free((*context)->opaque);
  av_freep(&(*context)->buffer);
  avio_context_free(context);
}

CFFmpegMemory *cffmpeg_memory(AVIOContext *context) { return ((View *)context->opaque)->memory; }
