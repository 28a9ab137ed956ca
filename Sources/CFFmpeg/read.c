#include "internal.h"

#include <libavcodec/avcodec.h>
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A comment is a request in JSON: no longer than this.
enum { LONGEST_COMMENT = 1 << 20 };

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

// The reader of the format that the first bytes are of, or NULL: nothing else is ever tried.
static const char *demuxer(const uint8_t *start, ssize_t length) {
  static const char *const boxes[] = {"ftyp", "moov", "mdat", "wide", "free", "skip"};
  if (length >= 12)
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
      if (!memcmp(start + 4, boxes[i], 4))
        return "mov";
  if (length >= 4 && !memcmp(start, "\x1A\x45\xDF\xA3", 4))
    return "matroska";
  if (length >= 6 && (!memcmp(start, "GIF87a", 6) || !memcmp(start, "GIF89a", 6)))
    return "gif";
  if (length >= 8 && !memcmp(start, "\x89PNG\r\n\x1A\n", 8))
    return "apng";
  return NULL;
}

static int is_read(enum AVCodecID codec) {
  switch (codec) {
  case AV_CODEC_ID_H264:
  case AV_CODEC_ID_HEVC:
  case AV_CODEC_ID_VP8:
  case AV_CODEC_ID_VP9:
  case AV_CODEC_ID_AV1:
  case AV_CODEC_ID_MPEG4:
  case AV_CODEC_ID_GIF:
  case AV_CODEC_ID_APNG: return 1;
  default: return 0;
  }
}

// A file may name others: none is opened.
static int open_nothing(
  AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options) {
  (void)format, (void)io, (void)url, (void)flags, (void)options;
  return AVERROR(EPERM);
}

static int open_format(Reader *reader) {
  uint8_t start[16];
  ssize_t length = pread(reader->source.file, start, sizeof start, 0);
  const char *name = demuxer(start, length);
  const AVInputFormat *input = name ? av_find_input_format(name) : NULL;
  if (!input)
    return cffmpeg_fail(
      CFFMPEG_UNKNOWN_FORMAT, reader->message, "%s", length > 0 ? "other bytes" : "an empty file");
  reader->io = cffmpeg_open(&reader->source);
  reader->format = avformat_alloc_context();
  if (!reader->io || !reader->format)
    return cffmpeg_refuse(AVERROR(ENOMEM), "reading", reader->message);
  reader->format->pb = reader->io;
  reader->format->io_open = open_nothing;
  // Opening frees the context where it fails.
  int code = avformat_open_input(&reader->format, NULL, input, NULL);
  return code < 0 ? cffmpeg_refuse(code, "its header", reader->message) : CFFMPEG_OK;
}

// The number at `*offset` in EBML's coding with its mark, or -1; moves the offset behind it.
static int64_t take_number(int file, int64_t *offset, int keeps_mark) {
  uint8_t bytes[8];
  const ssize_t found = pread(file, bytes, sizeof bytes, *offset);
  int length = 1;
  while (length <= 8 && found > 0 && !(bytes[0] & (0x80 >> (length - 1))))
    length++;
  if (length > found || length > 8)
    return -1;
  int64_t number = keeps_mark ? bytes[0] : bytes[0] & (0xFF >> length);
  for (int i = 1; i < length; i++)
    number = number << 8 | bytes[i];
  *offset += length;
  // All bits set: the length is not known.
  return !keeps_mark && number == (INT64_C(1) << (7 * length)) - 1 ? -1 : number;
}

// Whether a WebM file is shorter than its one segment says: FFmpeg takes the frames that there are.
static int is_segment_cut(const CFFmpegSource *source) {
  int64_t offset = 0;
  if (take_number(source->file, &offset, 1) != 0x1A45DFA3)
    return 0;
  const int64_t header = take_number(source->file, &offset, 0);
  if (header < 0 || header > source->size)
    return 0;
  offset += header;
  if (take_number(source->file, &offset, 1) != 0x18538067)
    return 0;
  return take_number(source->file, &offset, 0) > source->size - offset;
}

static int has_side_data(const AVStream *stream, enum AVPacketSideDataType type) {
  return av_stream_get_side_data(stream, type, NULL) != NULL;
}

static int refuse_encrypted(Reader *reader) {
  return cffmpeg_fail(CFFMPEG_ENCRYPTED, reader->message, "its pictures are encrypted");
}

static int check_size(Reader *reader, int64_t width, int64_t height) {
  if (width * height <= reader->limits->pixels)
    return CFFMPEG_OK;
  return cffmpeg_fail(
    CFFMPEG_TOO_LARGE, reader->message,
    "a frame of %lld x %lld is %lld pixels, the limit is %lld", (long long)width,
    (long long)height, (long long)(width * height), (long long)reader->limits->pixels);
}

static int choose_stream(Reader *reader) {
  for (unsigned i = 0; i < reader->format->nb_streams; i++) {
    AVStream *stream = reader->format->streams[i];
    const int is_cover = stream->disposition & AV_DISPOSITION_ATTACHED_PIC;
    if (!reader->stream && stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover)
      reader->stream = stream;
    else
      stream->discard = AVDISCARD_ALL;
  }
  if (!reader->stream)
    return cffmpeg_fail(
      CFFMPEG_NO_VIDEO, reader->message, "%u streams, none of them of pictures",
      reader->format->nb_streams);
  AVStream *stream = reader->stream;
  if (
    has_side_data(stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO)
    || av_dict_get(stream->metadata, "enc_key_id", NULL, 0)
    || stream->codecpar->codec_tag == MKTAG('e', 'n', 'c', 'v'))
    return refuse_encrypted(reader);
  if (!is_read(stream->codecpar->codec_id))
    return cffmpeg_fail(
      CFFMPEG_NO_VIDEO, reader->message, "pictures in the codec %s",
      avcodec_get_name(stream->codecpar->codec_id));
  int status = check_size(reader, stream->codecpar->width, stream->codecpar->height);
  if (!status && stream->nb_frames > reader->limits->frames)
    status = cffmpeg_fail(
      CFFMPEG_TOO_LARGE, reader->message, "%lld frames, the limit is %lld",
      (long long)stream->nb_frames, (long long)reader->limits->frames);
  return status;
}

static int open_codec(Reader *reader) {
  const AVCodecParameters *parameters = reader->stream->codecpar;
  const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
  reader->codec = codec ? avcodec_alloc_context3(codec) : NULL;
  reader->packet = av_packet_alloc();
  reader->frame = av_frame_alloc();
  if (!codec)
    return cffmpeg_fail(
      CFFMPEG_NO_VIDEO, reader->message, "pictures in %s, which this FFmpeg cannot read",
      avcodec_get_name(parameters->codec_id));
  if (!reader->codec || !reader->packet || !reader->frame)
    return cffmpeg_refuse(AVERROR(ENOMEM), "reading", reader->message);
  int code = avcodec_parameters_to_context(reader->codec, parameters);
  if (code >= 0) {
    reader->codec->pkt_timebase = reader->stream->time_base;
    reader->codec->thread_count = 1;
    reader->codec->max_pixels = reader->limits->pixels;
    reader->codec->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
    code = avcodec_open2(reader->codec, codec, NULL);
  }
  if (code < 0)
    return cffmpeg_refuse(code, "its codec", reader->message);
  const uint8_t *matrix =
    av_stream_get_side_data(reader->stream, AV_PKT_DATA_DISPLAYMATRIX, NULL);
  if (matrix) {
    double degrees = av_display_rotation_get((const int32_t *)matrix);
    if (!isnan(degrees))
      reader->turns = (int)(lround(-degrees / 90) % 4 + 4) % 4;
  }
  return CFFMPEG_OK;
}

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
  int status = check_size(reader, frame->width, frame->height);
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
    return refuse_encrypted(reader);
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
  if (reader->source.is_short || reader->io->error || is_segment_cut(&reader->source))
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
  int status = open_format(&reader);
  if (!status)
    status = choose_stream(&reader);
  if (!status)
    status = open_codec(&reader);
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
