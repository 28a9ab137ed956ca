#include "reader.h"

#include <libavutil/pixdesc.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// A comment is a request in JSON: no longer than this.
enum { LONGEST_COMMENT = 1 << 20 };

// Makes room for one more frame, within the limits.
static int grow(Reader *reader) {
  CFFmpegFrames *out = reader->out;
  const int64_t size = (int64_t)out->width * out->height * 3;
  if (out->count >= reader->limits->frames)
    return cffmpeg_fail(
      CFFMPEG_TOO_LARGE, reader->message, "more than %lld frames",
      (long long)reader->limits->frames);
  const int64_t most = reader->limits->bytes / size;
  if (out->count >= most)
    return cffmpeg_fail(
      CFFMPEG_TOO_LARGE, reader->message, "more than %lld frames of %d x %d, %lld bytes",
      (long long)most, out->width, out->height, (long long)reader->limits->bytes);
  if (out->count < reader->capacity)
    return CFFMPEG_OK;
  int64_t capacity = out->count ? 2 * out->count : 16;
  capacity = capacity < most ? capacity : most;
  uint8_t *pixels = realloc(out->pixels, (size_t)(capacity * size));
  out->pixels = pixels ? pixels : out->pixels;
  int64_t *times = realloc(out->times, (size_t)capacity * sizeof *times);
  out->times = times ? times : out->times;
  if (!pixels || !times)
    return cffmpeg_refuse(AVERROR(ENOMEM), "keeping frames", reader->message);
  reader->capacity = capacity;
  return CFFMPEG_OK;
}

// Lays RGBA on white and turns it upright.
static void keep(Reader *reader, int width, int height) {
  CFFmpegFrames *out = reader->out;
  uint8_t *frame = out->pixels + out->count * out->width * out->height * 3;
  for (int64_t y = 0; y < height; y++)
    for (int64_t x = 0; x < width; x++) {
      const uint8_t *from = reader->rgba + (y * width + x) * 4;
      int64_t column = x, row = y;
      switch (reader->turns) {
      case 1: column = height - 1 - y, row = x; break;
      case 2: column = width - 1 - x, row = height - 1 - y; break;
      case 3: column = y, row = width - 1 - x; break;
      }
      uint8_t *to = frame + (row * out->width + column) * 3;
      for (int c = 0; c < 3; c++)
        to[c] = (uint8_t)((from[c] * from[3] + 255 * (255 - from[3]) + 127) / 255);
    }
}

// Converts the frame that was decoded to RGBA.
static int convert(Reader *reader) {
  AVFrame *frame = reader->frame;
  const int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  reader->scaler = sws_getCachedContext(
    reader->scaler, frame->width, frame->height, frame->format, frame->width, frame->height,
    AV_PIX_FMT_RGBA, flags, NULL, NULL, NULL);
  if (!reader->scaler)
    return cffmpeg_fail(
      CFFMPEG_FAILED, reader->message, "its pixels cannot be converted to RGB");
  const AVPixFmtDescriptor *kind = av_pix_fmt_desc_get(frame->format);
  if (kind && !(kind->flags & AV_PIX_FMT_FLAG_RGB)) {
    // What does not say its matrix is taken as players take it: by its size.
    int space = frame->colorspace == AVCOL_SPC_UNSPECIFIED
                  ? (frame->height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601)
                  : (int)frame->colorspace;
    const int *matrix = sws_getCoefficients(space);
    sws_setColorspaceDetails(
      reader->scaler, matrix, frame->color_range == AVCOL_RANGE_JPEG, matrix, 1, 0, 1 << 16,
      1 << 16);
  }
  uint8_t *planes[4] = {reader->rgba};
  int strides[4] = {4 * frame->width};
  int rows = sws_scale(
    reader->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes,
    strides);
  return rows == frame->height ? CFFMPEG_OK : cffmpeg_refuse(rows, "its pixels", reader->message);
}

// The time of the frame that was decoded, in ticks.
static int take_time(Reader *reader) {
  CFFmpegFrames *out = reader->out;
  int64_t time = reader->frame->best_effort_timestamp;
  if (time == AV_NOPTS_VALUE)
    return cffmpeg_fail(
      CFFMPEG_BAD_TIMES, reader->message, "frame %lld has no time", (long long)out->count);
  if (!out->count)
    reader->first = time;
  int64_t since = 0;
  if (
    __builtin_sub_overflow(time, reader->first, &since)
    || (out->count && since <= out->times[out->count - 1]))
    return cffmpeg_fail(
      CFFMPEG_BAD_TIMES, reader->message, "frame %lld is at %lld, not later than the one before",
      (long long)out->count, (long long)time);
  out->times[out->count] = since;
  out->last_duration = reader->frame->pkt_duration > 0 ? reader->frame->pkt_duration : 0;
  return CFFMPEG_OK;
}

static int take_frame(Reader *reader) {
  AVFrame *frame = reader->frame;
  CFFmpegFrames *out = reader->out;
  if (frame->decode_error_flags || (frame->flags & AV_FRAME_FLAG_CORRUPT))
    return cffmpeg_fail(
      CFFMPEG_FAILED, reader->message, "frame %lld is damaged", (long long)out->count);
  int status = cffmpeg_check_size(reader, frame->width, frame->height);
  if (status)
    return status;
  const int is_on_side = reader->turns % 2;
  const int width = is_on_side ? frame->height : frame->width;
  const int height = is_on_side ? frame->width : frame->height;
  if (!reader->rgba) {
    out->width = width;
    out->height = height;
    // Rows are written by whole vectors.
    reader->rgba = av_malloc((size_t)frame->width * (size_t)frame->height * 4 + 64);
    if (!reader->rgba)
      return cffmpeg_refuse(AVERROR(ENOMEM), "keeping a frame", reader->message);
  } else if (width != out->width || height != out->height)
    return cffmpeg_fail(
      CFFMPEG_FAILED, reader->message, "expected frames of %d x %d, found frame %lld of %d x %d",
      out->width, out->height, (long long)out->count, width, height);
  if ((status = grow(reader)) || (status = take_time(reader)) || (status = convert(reader)))
    return status;
  keep(reader, frame->width, frame->height);
  out->count++;
  return CFFMPEG_OK;
}

// Takes the frames that the codec has ready; the packet may be NULL for the last ones.
static int decode(Reader *reader, const AVPacket *packet) {
  int code = avcodec_send_packet(reader->codec, packet);
  if (code < 0 && code != AVERROR_EOF)
    return cffmpeg_refuse(code, "a frame", reader->message);
  while ((code = avcodec_receive_frame(reader->codec, reader->frame)) >= 0) {
    int status = take_frame(reader);
    av_frame_unref(reader->frame);
    if (status)
      return status;
  }
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
    return CFFMPEG_OK;
  return cffmpeg_refuse(code, "a frame", reader->message);
}

static int check_packet(Reader *reader) {
  const AVPacket *packet = reader->packet;
  if (av_packet_get_side_data(packet, AV_PKT_DATA_ENCRYPTION_INFO, NULL))
    return cffmpeg_refuse_encrypted(reader);
  if (packet->flags & AV_PKT_FLAG_CORRUPT)
    return cffmpeg_fail(
      CFFMPEG_FAILED, reader->message, "the packet at byte %lld is damaged",
      (long long)packet->pos);
  return CFFMPEG_OK;
}

static int read_packets(Reader *reader) {
  int code = 0;
  while ((code = av_read_frame(reader->format, reader->packet)) >= 0) {
    int status = CFFMPEG_OK;
    if (reader->packet->stream_index == reader->stream->index) {
      status = check_packet(reader);
      if (!status)
        status = decode(reader, reader->packet);
    }
    av_packet_unref(reader->packet);
    if (status)
      return status;
  }
  if (code != AVERROR_EOF)
    return cffmpeg_refuse(code, "its data", reader->message);
  int status = decode(reader, NULL);
  if (status)
    return status;
  if (reader->source.is_short || reader->io->error || cffmpeg_is_segment_cut(&reader->source))
    return cffmpeg_fail(
      CFFMPEG_FAILED, reader->message, "the file is cut off after frame %lld",
      (long long)reader->out->count);
  if (!reader->out->count)
    return cffmpeg_fail(CFFMPEG_NO_VIDEO, reader->message, "a stream of pictures without a frame");
  return CFFMPEG_OK;
}

static int take_facts(Reader *reader) {
  CFFmpegFrames *out = reader->out;
  const AVRational tick = reader->stream->time_base;
  AVRational rate = reader->stream->avg_frame_rate;
  if (tick.num <= 0 || tick.den <= 0)
    return cffmpeg_fail(
      CFFMPEG_BAD_TIMES, reader->message, "its clock ticks every %d/%d seconds", tick.num,
      tick.den);
  if (rate.num <= 0 || rate.den <= 0)
    rate = (AVRational){0, 1};
  out->tick_numerator = tick.num;
  out->tick_denominator = tick.den;
  out->rate_numerator = rate.num;
  out->rate_denominator = rate.den;
  const AVDictionaryEntry *entry = av_dict_get(reader->format->metadata, "comment", NULL, 0);
  if (!entry)
    return CFFMPEG_OK;
  if (strlen(entry->value) > LONGEST_COMMENT)
    return cffmpeg_fail(
      CFFMPEG_TOO_LARGE, reader->message, "a comment of %zu bytes, the limit is %d",
      strlen(entry->value), LONGEST_COMMENT);
  out->comment = strdup(entry->value);
  return out->comment ? CFFMPEG_OK : cffmpeg_refuse(AVERROR(ENOMEM), "reading", reader->message);
}

int cffmpeg_read(int file, const CFFmpegLimits *limits, CFFmpegFrames *result, char **message) {
  *message = NULL;
  memset(result, 0, sizeof *result);
  av_log_set_level(AV_LOG_QUIET);
  struct stat kind;
  if (fstat(file, &kind) || !S_ISREG(kind.st_mode))
    return cffmpeg_fail(CFFMPEG_FAILED, message, "expected a file");
  Reader reader = {.limits = limits, .source = {.file = file}, .out = result, .message = message};
  int status = cffmpeg_open_reader(&reader);
  if (!status)
    status = read_packets(&reader);
  if (!status)
    status = take_facts(&reader);
  sws_freeContext(reader.scaler);
  av_free(reader.rgba);
  av_frame_free(&reader.frame);
  av_packet_free(&reader.packet);
  avcodec_free_context(&reader.codec);
  avformat_close_input(&reader.format);
  cffmpeg_close(&reader.io);
  if (status)
    cffmpeg_free_frames(result);
  return status;
}
