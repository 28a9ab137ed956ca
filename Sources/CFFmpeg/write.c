#include "internal.h"

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is written while frames are encoded.
typedef struct Writer {
  const CFFmpegFrames *frames;
  CFFmpegMemory memory;
  AVFormatContext *format;
  AVStream *stream;
  AVCodecContext *codec;
  struct SwsContext *scaler;
  AVPacket *packet;
  AVFrame *frame;
  char **message;
} Writer;

// A format, and the codec that it is written with.
static const struct Kind {
  const char *format, *codec;
  enum AVPixelFormat pixels;
} kinds[] = {
  [CFFMPEG_MP4] = {"mp4", "libx264", AV_PIX_FMT_YUV420P},
  [CFFMPEG_WEBM] = {"webm", "libvpx-vp9", AV_PIX_FMT_YUV420P},
  [CFFMPEG_APNG] = {"apng", "apng", AV_PIX_FMT_RGB24},
};

// What moves an MP4's index to its front reads back what it wrote.
static int open_again(
  AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options) {
  (void)url, (void)options;
  *io = cffmpeg_open_memory(cffmpeg_memory(format->pb), flags & AVIO_FLAG_WRITE);
  return *io ? 0 : AVERROR(ENOMEM);
}

static int close_again(AVFormatContext *format, AVIOContext *io) {
  (void)format;
  cffmpeg_close(&io);
  return 0;
}

static int open_format(Writer *writer, const struct Kind *kind) {
  int code = avformat_alloc_output_context2(&writer->format, NULL, kind->format, "clip");
  if (code < 0)
    return cffmpeg_refuse(code, kind->format, writer->message);
  writer->format->pb = cffmpeg_open_memory(&writer->memory, 1);
  writer->format->io_open = open_again;
  writer->format->io_close2 = close_again;
  // No time of writing, no version of the library: the same clip gives the same bytes.
  writer->format->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
  writer->stream = avformat_new_stream(writer->format, NULL);
  if (!writer->format->pb || !writer->stream)
    return cffmpeg_refuse(AVERROR(ENOMEM), kind->format, writer->message);
  if (writer->frames->comment)
    code = av_dict_set(&writer->format->metadata, "comment", writer->frames->comment, 0);
  return code < 0 ? cffmpeg_refuse(code, "its comment", writer->message) : CFFMPEG_OK;
}

static void choose_quality(AVCodecContext *codec, int format, int quality, AVDictionary **options) {
  char text[16];
  snprintf(text, sizeof text, "%d", quality);
  if (format == CFFMPEG_MP4) {
    av_dict_set(options, "crf", text, 0);
    av_dict_set(options, "preset", "medium", 0);
  } else if (format == CFFMPEG_WEBM) {
    // Without a bit rate the quality alone counts.
    codec->bit_rate = 0;
    av_dict_set(options, "crf", text, 0);
    av_dict_set(options, "deadline", "good", 0);
    av_dict_set(options, "cpu-used", "3", 0);
  }
}

static int open_codec(Writer *writer, const struct Kind *kind, int format, int quality) {
  const CFFmpegFrames *frames = writer->frames;
  const AVCodec *encoder = avcodec_find_encoder_by_name(kind->codec);
  if (!encoder)
    return cffmpeg_fail(
      CFFMPEG_FAILED, writer->message, "this FFmpeg was built without %s", kind->codec);
  AVCodecContext *codec = writer->codec = avcodec_alloc_context3(encoder);
  writer->packet = av_packet_alloc();
  writer->frame = av_frame_alloc();
  if (!codec || !writer->packet || !writer->frame)
    return cffmpeg_refuse(AVERROR(ENOMEM), kind->codec, writer->message);
  codec->width = frames->width;
  codec->height = frames->height;
  codec->pix_fmt = kind->pixels;
  codec->framerate = (AVRational){frames->rate_numerator, frames->rate_denominator};
  codec->time_base = av_inv_q(codec->framerate);
  // Bytes do not depend on the machine's cores.
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  if (kind->pixels == AV_PIX_FMT_YUV420P) {
    codec->color_range = AVCOL_RANGE_MPEG;
    codec->colorspace = AVCOL_SPC_BT709;
    codec->color_primaries = AVCOL_PRI_BT709;
    codec->color_trc = AVCOL_TRC_BT709;
  }
  if (writer->format->oformat->flags & AVFMT_GLOBALHEADER)
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary *options = NULL;
  choose_quality(codec, format, quality, &options);
  int code = avcodec_open2(codec, encoder, &options);
  av_dict_free(&options);
  if (code >= 0)
    code = avcodec_parameters_from_context(writer->stream->codecpar, codec);
  writer->stream->time_base = codec->time_base;
  writer->stream->avg_frame_rate = codec->framerate;
  return code < 0 ? cffmpeg_refuse(code, kind->codec, writer->message) : CFFMPEG_OK;
}

static int open_frame(Writer *writer, const struct Kind *kind) {
  AVFrame *frame = writer->frame;
  frame->format = kind->pixels;
  frame->width = writer->frames->width;
  frame->height = writer->frames->height;
  int code = av_frame_get_buffer(frame, 0);
  const int flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  writer->scaler = sws_getContext(
    frame->width, frame->height, AV_PIX_FMT_RGB24, frame->width, frame->height, kind->pixels,
    flags, NULL, NULL, NULL);
  if (code < 0 || !writer->scaler)
    return cffmpeg_refuse(code < 0 ? code : AVERROR(ENOMEM), "a frame", writer->message);
  if (kind->pixels == AV_PIX_FMT_YUV420P) {
    const int *matrix = sws_getCoefficients(SWS_CS_ITU709);
    sws_setColorspaceDetails(writer->scaler, matrix, 1, matrix, 0, 0, 1 << 16, 1 << 16);
    frame->color_range = AVCOL_RANGE_MPEG;
    frame->colorspace = AVCOL_SPC_BT709;
  }
  return CFFMPEG_OK;
}

// Encodes the frame, or the last ones if there is none.
static int encode(Writer *writer, const AVFrame *frame) {
  int code = avcodec_send_frame(writer->codec, frame);
  while (code >= 0) {
    code = avcodec_receive_packet(writer->codec, writer->packet);
    if (code < 0)
      break;
    if (!writer->packet->duration)
      writer->packet->duration = 1;
    writer->packet->stream_index = writer->stream->index;
    av_packet_rescale_ts(writer->packet, writer->codec->time_base, writer->stream->time_base);
    code = av_interleaved_write_frame(writer->format, writer->packet);
  }
  if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
    return CFFMPEG_OK;
  return cffmpeg_refuse(code, "encoding", writer->message);
}

static int write_frames(Writer *writer) {
  const CFFmpegFrames *frames = writer->frames;
  AVDictionary *options = NULL;
  if (!strcmp(writer->format->oformat->name, "mp4"))
    av_dict_set(&options, "movflags", "+faststart", 0);
  // 0 is without end.
  if (!strcmp(writer->format->oformat->name, "apng"))
    av_dict_set(&options, "plays", "0", 0);
  int code = avformat_write_header(writer->format, &options);
  av_dict_free(&options);
  if (code < 0)
    return cffmpeg_refuse(code, "its header", writer->message);
  const int64_t size = (int64_t)frames->width * frames->height * 3;
  for (int64_t i = 0; i < frames->count; i++) {
    if ((code = av_frame_make_writable(writer->frame)) < 0)
      return cffmpeg_refuse(code, "a frame", writer->message);
    const uint8_t *planes[4] = {frames->pixels + i * size};
    const int strides[4] = {3 * frames->width};
    sws_scale(
      writer->scaler, planes, strides, 0, frames->height, writer->frame->data,
      writer->frame->linesize);
    writer->frame->pts = i;
    int status = encode(writer, writer->frame);
    if (status)
      return status;
  }
  int status = encode(writer, NULL);
  if (status)
    return status;
  code = av_write_trailer(writer->format);
  if (code >= 0)
    avio_flush(writer->format->pb);
  if (code < 0 || (code = writer->format->pb->error) < 0)
    return cffmpeg_refuse(code, "its end", writer->message);
  return CFFMPEG_OK;
}

int cffmpeg_write(
  int format, const CFFmpegFrames *frames, int quality, uint8_t **bytes, size_t *length,
  char **message) {
  *message = NULL;
  *bytes = NULL;
  av_log_set_level(AV_LOG_QUIET);
  const struct Kind *kind = &kinds[format];
  Writer writer = {.frames = frames, .message = message};
  int status = open_format(&writer, kind);
  if (!status)
    status = open_codec(&writer, kind, format, quality);
  if (!status)
    status = open_frame(&writer, kind);
  if (!status)
    status = write_frames(&writer);
  sws_freeContext(writer.scaler);
  av_frame_free(&writer.frame);
  av_packet_free(&writer.packet);
  avcodec_free_context(&writer.codec);
  if (writer.format)
    cffmpeg_close(&writer.format->pb);
  avformat_free_context(writer.format);
  if (status) {
    free(writer.memory.bytes);
    return status;
  }
  *bytes = writer.memory.bytes;
  *length = (size_t)writer.memory.size;
  return CFFMPEG_OK;
}
