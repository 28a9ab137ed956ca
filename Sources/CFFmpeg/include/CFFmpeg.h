// A C header over the part of FFmpeg's libraries that clips need.
//
// Every function returns CFFMPEG_OK or the reason it failed. On failure `*message` says more, and
// the caller releases it with `cffmpeg_free`; on success it is NULL. Pixels are 8-bit RGB,
// interleaved, in rows from the top, frame after frame. All functions may be called from any thread.
#ifndef CFFMPEG_H
#define CFFMPEG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum CFFmpegStatus {
  CFFMPEG_OK = 0,
  // The file is broken, or the library refuses: the message says why.
  CFFMPEG_FAILED = 1,
  // The first bytes are those of no format that is read.
  CFFMPEG_UNKNOWN_FORMAT = 2,
  // More pixels, frames or bytes than the caller allows; found before they were decoded or kept.
  CFFMPEG_TOO_LARGE = 3,
  // There is no stream of pictures, or none in a codec that is read.
  CFFMPEG_NO_VIDEO = 4,
  // The pictures are encrypted.
  CFFMPEG_ENCRYPTED = 5,
  // The times of the frames cannot be.
  CFFMPEG_BAD_TIMES = 6,
  // The process that reads could not be started, was ended, or took too long.
  CFFMPEG_NO_READER = 7,
};

enum CFFmpegFormat {
  CFFMPEG_MP4 = 0,
  CFFMPEG_WEBM = 1,
  CFFMPEG_APNG = 2,
};

typedef struct CFFmpegLimits {
  // Pixels of a frame.
  int64_t pixels;
  // Frames of a clip.
  int64_t frames;
  // Bytes of all frames as RGB.
  int64_t bytes;
  // Seconds that a process may take to read a file.
  int64_t seconds;
} CFFmpegLimits;

typedef struct CFFmpegFrames {
  // `count * height * width * 3` bytes.
  uint8_t *pixels;
  // `count` times in ticks, the first 0, each later than the one before.
  int64_t *times;
  int64_t count;
  int32_t width;
  int32_t height;
  // A tick in seconds.
  int32_t tick_numerator;
  int32_t tick_denominator;
  // The frames in a second that the file states, or 0 and 1.
  int32_t rate_numerator;
  int32_t rate_denominator;
  // How long the last frame is shown, in ticks, or 0.
  int64_t last_duration;
  // The file's comment in UTF-8, or NULL.
  char *comment;
} CFFmpegFrames;

// Reads the pictures of an MP4 (or QuickTime), WebM (or Matroska), GIF or APNG file.
//
// The file is open for reading, and regular; no other file is opened. Colours are converted to sRGB's
// range as the file says, alpha is laid on white, and the pictures are turned upright.
int cffmpeg_read(int file, const CFFmpegLimits *limits, CFFmpegFrames *result, char **message);

// Does that in a process of its own, the executable at `program`, which runs `cffmpeg_serve`.
int cffmpeg_read_in_process(
  const char *program, int file, const CFFmpegLimits *limits, CFFmpegFrames *result,
  char **message);

// Reads the file that is open as 0, within limits of the system for this process, and writes what
// was read to 1. Gives the process's exit code. `arguments` are those of `main`.
int cffmpeg_serve(int count, char **arguments);

// Encodes frames at a constant rate, `rate_numerator / rate_denominator`; the times are not read.
//
// `quality` is the constant rate factor of x264, 0 to 51, or of VP9, 0 to 63. The frames' comment
// is kept in an MP4 or a WebM file.
int cffmpeg_write(
  int format, const CFFmpegFrames *frames, int quality, uint8_t **bytes, size_t *length,
  char **message);

// Releases what this header's functions returned. NULL is allowed.
void cffmpeg_free(void *pointer);

// Releases the parts of what was read.
void cffmpeg_free_frames(CFFmpegFrames *frames);

#ifdef __cplusplus
}
#endif

#endif
