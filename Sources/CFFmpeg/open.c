#include "reader.h"

#include <libavutil/display.h>

#include <math.h>
#include <string.h>
#include <unistd.h>

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

int cffmpeg_is_segment_cut(const CFFmpegSource *source) {
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

int cffmpeg_refuse_encrypted(Reader *reader) {
  return cffmpeg_fail(CFFMPEG_ENCRYPTED, reader->message, "its pictures are encrypted");
}

int cffmpeg_check_size(Reader *reader, int64_t width, int64_t height) {
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
    return cffmpeg_refuse_encrypted(reader);
  if (!is_read(stream->codecpar->codec_id))
    return cffmpeg_fail(
      CFFMPEG_NO_VIDEO, reader->message, "pictures in the codec %s",
      avcodec_get_name(stream->codecpar->codec_id));
  int status = cffmpeg_check_size(reader, stream->codecpar->width, stream->codecpar->height);
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

int cffmpeg_open_reader(Reader *reader) {
  int status = open_format(reader);
  if (!status)
    status = choose_stream(reader);
  return status ? status : open_codec(reader);
}
