#pragma once
#include "CTorchTypes.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The last error on this thread since the last call, or NULL; to be freed with `free`.
char *ct_take_error(void);

/// Whether the allocator took the settings that it is given while the program is loaded; if not, that
/// costs time and nothing else.
bool ct_keeps_buffers(void);
/// Gives freed memory back to the system, now and from now on, at the price of time.
void ct_return_memory(void);
/// Keeps it again for buffers of the same sizes.
void ct_keep_memory(void);

// Handles
void ct_release(CTensor tensor);

// Properties
int32_t ct_dtype(CTensor tensor);
int64_t ct_rank(CTensor tensor);
const int64_t *ct_sizes(CTensor tensor);
bool ct_strides(CTensor tensor, int64_t *out);
bool ct_device(CTensor tensor, int32_t *type, int32_t *index);
bool ct_is_contiguous(CTensor tensor, int32_t format);
void *ct_data(CTensor tensor);

// Factories; `device` as in c10::DeviceType
CTensor ct_empty(const int64_t *sizes, int64_t rank, int32_t dtype, int32_t device, int32_t index);
CTensor ct_full(
  const int64_t *sizes, int64_t rank, CScalar value, int32_t dtype, int32_t device, int32_t index);
CTensor ct_arange(CScalar start, CScalar end, CScalar step, int32_t dtype);
CTensor ct_linspace(double start, double end, int64_t count, int32_t dtype);
CTensor ct_from_bytes(const void *bytes, const int64_t *sizes, int64_t rank, int32_t dtype);

/// A tensor over memory that is not copied; `release(owner)` is called when its last view goes.
CTensor ct_from_memory(
  void *bytes, const int64_t *sizes, int64_t rank, int32_t dtype, void *owner,
  void (*release)(void *owner));
CTensor ct_to_device(CTensor tensor, int32_t device, int32_t index);

// Random numbers
CGenerator ct_generator(uint64_t seed);
void ct_generator_release(CGenerator generator);
bool ct_generator_seed(CGenerator generator, uint64_t seed);
CTensor ct_generator_state(CGenerator generator);
bool ct_generator_set_state(CGenerator generator, CTensor state);
CTensor ct_randn(CGenerator generator, const int64_t *sizes, int64_t rank, int32_t dtype);
CTensor ct_rand(CGenerator generator, const int64_t *sizes, int64_t rank, int32_t dtype);
CTensor ct_randint(
  CGenerator generator, int64_t low, int64_t high, const int64_t *sizes, int64_t rank);
CTensor ct_randperm(CGenerator generator, int64_t count);

// Gradients
bool ct_set_requires_grad(CTensor tensor, bool value);
bool ct_requires_grad(CTensor tensor);
/// Writes the gradient, or null where there is none.
bool ct_grad(CTensor tensor, CTensor *out);
bool ct_clear_grad(CTensor tensor);
bool ct_backward(CTensor tensor, CTensor gradient);
bool ct_gradients(
  CTensor output, CTensor gradient, const CTensor *inputs, int64_t inputsCount, bool keepGraph,
  bool createGraph, CTensor *out);

// The state of a thread
bool ct_grad_mode(void);
void ct_set_grad_mode(bool enabled);
/// The dtype in which matrix products and convolutions of this thread run, or -1 for their inputs'.
int32_t ct_autocast(void);
void ct_set_autocast(int32_t dtype);

/// Whether kernels of our own take the place of this thread's operations.
bool ct_own_kernels(void);
void ct_set_own_kernels(bool own);

// Kernels of our own
/// `conv2d` of pictures, `[batch, channels, height, width]`: by Winograd's algorithm where it is the
/// faster one (width 3, stride 1, float32, channels in sixteens) and no gradient is recorded.
CTensor ct_convolve(
  CTensor x, CTensor kernels, CTensor bias, int64_t stride, int64_t padHeight, int64_t padWidth,
  int64_t groups);
/// `group_norm`, and `silu` of it if it is activated.
CTensor ct_normalize_groups(
  CTensor x, int64_t groups, CTensor weight, CTensor bias, double eps, bool activated);
/// GELU by the hyperbolic tangent; in the tensor's own memory if that may be reused and no gradient
/// is recorded.
CTensor ct_gelu_tanh(CTensor tensor, bool reuse);
/// The first half of the last dimension times GELU of the other half.
CTensor ct_gated_gelu(CTensor tensor);
/// Float32 of whole blocks in a format of ggml, by its number there.
CTensor ct_dequantize(int32_t format, const void *bytes, const int64_t *sizes, int64_t rank);
/// The blocks of a tensor, as bytes, in ggml's Q4_0 (2) or Q8_0 (8).
CTensor ct_quantize(int32_t format, CTensor tensor);

// Weights in the order in which MKL reads them
bool ct_can_pack(CTensor weight);
/// A weight, `[outputs, inputs]`, for inputs of so many rows; only where `ct_can_pack` says yes.
CTensor ct_pack(CTensor weight, int64_t rows);
/// `x weightᵀ + bias`, by the plain weight where the number of rows is not what it is packed for,
/// `x` is not float32 or a gradient is recorded.
CTensor ct_packed_linear(CTensor x, CTensor packed, CTensor weight, CTensor bias, int64_t rows);

// Products by the processor's matrix unit
bool ct_has_tiles(void);
/// A weight, `[outputs, channels]` or `[outputs, channels, kernel, kernel]`, in the order in which
/// tiles are filled: in bfloat16, or in int8 if there is a scale of each output, `[outputs]` in
/// float32, and the channels fill tiles of them. Empty where there are no tiles, or it doesn't fit.
CTensor ct_pack_tiles(CTensor weight, CTensor scales);
/// `x weightᵀ + bias` in bfloat16; the bias is in float32. No gradient is recorded.
CTensor ct_tile_linear(
  CTensor x, CTensor packed, CTensor scales, CTensor bias, int64_t outputs, int64_t channels);
/// `conv2d` likewise, of pictures, `[batch, channels, height, width]`.
CTensor ct_tile_convolve(
  CTensor x, CTensor packed, CTensor scales, CTensor bias, int64_t outputs, int64_t channels,
  int64_t kernel, int64_t stride, int64_t padHeight, int64_t padWidth);
// Attention of several heads, whose scores are not in memory
/// Whether `ct_attention` can compute with these, of which the mask can be absent.
bool ct_attention_fits(CTensor queries, CTensor keys, CTensor values, CTensor mask, int64_t heads);
/// `softmax(q kᵀ / √depth + mask) v` of several heads, `[batch, tokens, heads · depth]`; the mask is
/// broadcast to `[batch, heads, queries, keys]`.
CTensor ct_attention(CTensor queries, CTensor keys, CTensor values, CTensor mask, int64_t heads);

// The machine
int32_t ct_threads(void);
bool ct_set_threads(int32_t count);
// Whether products in bfloat16 are faster than in float32; elsewhere LibTorch emulates them.
bool ct_has_fast_bfloat16(void);
bool ct_has_cuda(void);
bool ct_has_mps(void);
/// How LibTorch was built and what of the processor it uses; to be freed with `free`.
char *ct_build_description(void);

#ifdef __cplusplus
}
#endif
