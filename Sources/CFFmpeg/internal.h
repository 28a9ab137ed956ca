#ifndef CFFMPEG_INTERNAL_H
#define CFFMPEG_INTERNAL_H

#include <libavformat/avformat.h>

#include "CFFmpeg.h"

// Gives `status` with a text of our own.
int cffmpeg_fail(int status, char **message, const char *format, ...)
  __attribute__((format(printf, 3, 4)));

// Gives CFFMPEG_FAILED, or CFFMPEG_TOO_LARGE if memory ran out, with what the library says of `code`.
int cffmpeg_refuse(int code, const char *action, char **message);

// An open file as the libraries read it. Only what is in the file is reached.
typedef struct CFFmpegSource {
  int file;
  int64_t position;
  int64_t size;
  // Whether something beyond the end was asked for: the file is cut off.
  int is_short;
} CFFmpegSource;

// Fills the source and makes a context over it; NULL if there is no memory. See `cffmpeg_close`.
AVIOContext *cffmpeg_open(CFFmpegSource *source);

// Bytes in memory as the libraries write them.
typedef struct CFFmpegMemory {
  uint8_t *bytes;
  int64_t size;
  int64_t capacity;
} CFFmpegMemory;

// Makes a context that reads or writes the memory from its start; NULL if there is none left.
AVIOContext *cffmpeg_open_memory(CFFmpegMemory *memory, int is_for_writing);

// Releases a context of either kind, and not what it stands over.
void cffmpeg_close(AVIOContext **context);

// The context of memory that `context` stands over.
CFFmpegMemory *cffmpeg_memory(AVIOContext *context);

#endif
