#ifndef CFFMPEG_READER_H
#define CFFMPEG_READER_H

#include "internal.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

// What is read while frames are made of it.
typedef struct Reader {
  const CFFmpegLimits *limits;
  CFFmpegSource source;
  AVIOContext *io;
  AVFormatContext *format;
  AVStream *stream;
  AVCodecContext *codec;
  struct SwsContext *scaler;
  AVPacket *packet;
  AVFrame *frame;
  uint8_t *rgba;
  // Quarter turns that stand the pictures upright, clockwise.
  int turns;
  int64_t first, capacity;
  CFFmpegFrames *out;
  char **message;
} Reader;

// Opens the file, chooses its stream of pictures, and opens the codec. What is not allowed is
// refused before a frame is decoded.
int cffmpeg_open_reader(Reader *reader);

// Whether a frame may have so many pixels.
int cffmpeg_check_size(Reader *reader, int64_t width, int64_t height);

int cffmpeg_refuse_encrypted(Reader *reader);

// Whether a WebM file is shorter than its one segment says: FFmpeg takes the frames that there are.
int cffmpeg_is_segment_cut(const CFFmpegSource *source);

#endif
