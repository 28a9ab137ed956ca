#include "include/Runtime.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/cpu/Utils.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstring>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "Kernels.hpp"

using namespace ctorch;

/// MKL picks its kernels by vendor and gives AMD processors the AVX2 ones. The symbol is its own
/// question "is this an Intel processor that reports its features truly?"; answering yes makes it
/// choose by features. Documentation/Performance.md has what that is worth.
extern "C" int mkl_serv_intel_cpu_true(void) { return 1; }

namespace {
thread_local std::string message;
thread_local bool hasMessage = false;

at::Generator generator(CGenerator handle) {
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(
    reinterpret_cast<c10::GeneratorImpl *>(handle)));
}

at::IntArrayRef sizes(const int64_t *values, int64_t rank) {
  return {values, static_cast<size_t>(rank)};
}

at::TensorOptions options(int32_t dtype) { return at::TensorOptions(at::ScalarType(dtype)); }

// The processor is one device, and LibTorch takes "cpu:0" for another than "cpu".
at::Device makeDevice(int32_t type, int32_t index) {
  const auto kind = at::DeviceType(type);
  return at::Device(kind, kind == at::kCPU ? -1 : static_cast<c10::DeviceIndex>(index));
}

c10::TensorImpl *impl(CTensor tensor) { return reinterpret_cast<c10::TensorImpl *>(tensor); }
}  // namespace

void ctorch::fail(const char *text) noexcept {
  message = text;
  hasMessage = true;
}

char *ct_take_error(void) {
  if (!hasMessage) return nullptr;
  hasMessage = false;
  return strdup(message.c_str());
}

namespace {
/// Sets from what size on a buffer, or what is freed at the end of the heap, is given back to the
/// system, and by how much more than is needed the heap grows; whether the allocator took it.
bool setThresholds(int given, int padding) {
#if defined(__GLIBC__)
  // Each call answers 1 where glibc takes the value.
  return mallopt(M_MMAP_THRESHOLD, given) == 1 && mallopt(M_TRIM_THRESHOLD, given) == 1 &&
    mallopt(M_TOP_PAD, padding) == 1;
#else
  return true;  // Untested: macOS has an allocator without these settings.
#endif
}

/// Whether the allocator keeps large buffers. They live long and come back at the same sizes; glibc's
/// default returns each to the system and faults it in again, and so it does above 64 MB for every
/// thread but the first unless all have one arena. That is settled while the program is loaded,
/// because a thread stays with the arena that it got first.
const bool keepsBuffers = [] {
#if defined(__GLIBC__)
  if (mallopt(M_ARENA_MAX, 1) != 1) return false;
#endif
  return setThresholds(1 << 30, 64 << 20);
}();
}  // namespace

bool ct_keeps_buffers(void) { return keepsBuffers; }

void ct_return_memory(void) {
#if defined(__GLIBC__)
  // Buffers of 4 MB and more are the system's own as soon as they are freed.
  setThresholds(4 << 20, 1 << 20);
  malloc_trim(0);
#endif
}

void ct_keep_memory(void) { setThresholds(1 << 30, 64 << 20); }

void ct_release(CTensor tensor) { c10::raw::intrusive_ptr::decref(impl(tensor)); }

int32_t ct_dtype(CTensor tensor) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(impl(tensor)->dtype()));
}
int64_t ct_rank(CTensor tensor) { return impl(tensor)->dim(); }
const int64_t *ct_sizes(CTensor tensor) { return impl(tensor)->sizes().data(); }
bool ct_strides(CTensor tensor, int64_t *out) {
  return guard([&] {
    auto strides = impl(tensor)->strides();
    std::copy(strides.begin(), strides.end(), out);
  });
}
bool ct_device(CTensor tensor, int32_t *type, int32_t *index) {
  return guard([&] {
    auto device = impl(tensor)->device();
    *type = static_cast<int32_t>(device.type());
    *index = device.index();
  });
}
bool ct_is_contiguous(CTensor tensor, int32_t format) {
  return impl(tensor)->is_contiguous(at::MemoryFormat(format));
}
void *ct_data(CTensor tensor) {
  void *result = nullptr;
  guard([&] { result = borrow(tensor).data_ptr(); });
  return result;
}

CTensor ct_empty(const int64_t *values, int64_t rank, int32_t dtype, int32_t device, int32_t index) {
  return guardTensor(
    [&] { return at::empty(sizes(values, rank), options(dtype).device(makeDevice(device, index))); });
}
CTensor ct_full(
  const int64_t *values, int64_t rank, CScalar value, int32_t dtype, int32_t device,
  int32_t index) {
  return guardTensor([&] {
    return at::full(
      sizes(values, rank), scalar(value), options(dtype).device(makeDevice(device, index)));
  });
}
CTensor ct_arange(CScalar start, CScalar end, CScalar step, int32_t dtype) {
  return guardTensor(
    [&] { return at::arange(scalar(start), scalar(end), scalar(step), options(dtype)); });
}
CTensor ct_linspace(double start, double end, int64_t count, int32_t dtype) {
  return guardTensor([&] { return at::linspace(start, end, count, options(dtype)); });
}
CTensor ct_from_bytes(const void *bytes, const int64_t *values, int64_t rank, int32_t dtype) {
  return guardTensor([&] {
    auto tensor = at::empty(sizes(values, rank), options(dtype));
    std::memcpy(tensor.data_ptr(), bytes, tensor.nbytes());
    return tensor;
  });
}
CTensor ct_from_memory(
  void *bytes, const int64_t *values, int64_t rank, int32_t dtype, void *owner,
  void (*free)(void *)) {
  return guardTensor([&] {
    return at::from_blob(
      bytes, sizes(values, rank), [owner, free](void *) { free(owner); }, options(dtype));
  });
}
CTensor ct_to_device(CTensor tensor, int32_t device, int32_t index) {
  return guardTensor([&] { return borrow(tensor).to(makeDevice(device, index)); });
}

CGenerator ct_generator(uint64_t seed) {
  CGenerator result = nullptr;
  guard([&] {
    result =
      reinterpret_cast<CGenerator>(at::detail::createCPUGenerator(seed).unsafeReleaseGeneratorImpl());
  });
  return result;
}
void ct_generator_release(CGenerator handle) {
  c10::raw::intrusive_ptr::decref(reinterpret_cast<c10::GeneratorImpl *>(handle));
}
bool ct_generator_seed(CGenerator handle, uint64_t seed) {
  return guard([&] { generator(handle).set_current_seed(seed); });
}
CTensor ct_generator_state(CGenerator handle) {
  return guardTensor([&] { return generator(handle).get_state(); });
}
bool ct_generator_set_state(CGenerator handle, CTensor state) {
  return guard([&] { generator(handle).set_state(borrow(state)); });
}
CTensor ct_randn(CGenerator handle, const int64_t *values, int64_t rank, int32_t dtype) {
  return guardTensor(
    [&] { return at::randn(sizes(values, rank), generator(handle), options(dtype)); });
}
CTensor ct_rand(CGenerator handle, const int64_t *values, int64_t rank, int32_t dtype) {
  return guardTensor(
    [&] { return at::rand(sizes(values, rank), generator(handle), options(dtype)); });
}
CTensor ct_randint(
  CGenerator handle, int64_t low, int64_t high, const int64_t *values, int64_t rank) {
  return guardTensor([&] {
    return at::randint(low, high, sizes(values, rank), generator(handle), at::kLong);
  });
}
CTensor ct_randperm(CGenerator handle, int64_t count) {
  return guardTensor([&] { return at::randperm(count, generator(handle), at::kLong); });
}

bool ct_set_requires_grad(CTensor tensor, bool value) {
  return guard([&] { borrow(tensor).set_requires_grad(value); });
}
bool ct_requires_grad(CTensor tensor) { return impl(tensor)->requires_grad(); }
bool ct_grad(CTensor tensor, CTensor *out) {
  return guard([&] {
    auto gradient = borrow(tensor).grad();
    *out = gradient.defined() ? release(gradient) : nullptr;
  });
}
bool ct_clear_grad(CTensor tensor) {
  return guard([&] { borrow(tensor).mutable_grad() = at::Tensor(); });
}
bool ct_backward(CTensor tensor, CTensor gradient) {
  return guard([&] {
    auto root = borrow(tensor);
    root.backward(gradient ? borrow(gradient) : at::Tensor());
  });
}
bool ct_gradients(
  CTensor output, CTensor gradient, const CTensor *inputs, int64_t inputsCount, bool keepGraph,
  bool createGraph, CTensor *out) {
  return guard([&] {
    auto seeds = gradient ? borrow(gradient) : at::Tensor();
    auto result = torch::autograd::grad(
      {borrow(output)}, borrowList(inputs, inputsCount), {seeds}, keepGraph, createGraph);
    for (int64_t i = 0; i < inputsCount; i++) out[i] = release(result[i]);
  });
}

bool &ctorch::ownKernels() {
  static thread_local bool own = true;
  return own;
}

bool ct_own_kernels(void) { return ownKernels(); }
void ct_set_own_kernels(bool own) { ownKernels() = own; }
bool ct_grad_mode(void) { return c10::GradMode::is_enabled(); }
void ct_set_grad_mode(bool enabled) { c10::GradMode::set_enabled(enabled); }
int32_t ct_autocast(void) {
  if (!at::autocast::is_autocast_enabled(at::kCPU)) return -1;
  return static_cast<int32_t>(at::autocast::get_autocast_dtype(at::kCPU));
}
void ct_set_autocast(int32_t dtype) {
  at::autocast::set_autocast_enabled(at::kCPU, dtype >= 0);
  if (dtype >= 0) at::autocast::set_autocast_dtype(at::kCPU, at::ScalarType(dtype));
  // LibTorch keeps rounded weights in a cache of the process, which other threads empty: a weight
  // that is used twice would be rounded once or twice, and its gradient depend on that.
  at::autocast::set_autocast_cache_enabled(false);
}

int32_t ct_threads(void) { return at::get_num_threads(); }
bool ct_has_fast_bfloat16(void) {
  bool result = false;
  guard([&] {
    const auto capabilities = at::cpu::get_cpu_capabilities();
    for (const char *name : {"avx512_bf16", "amx_bf16", "bf16"}) {
      const auto found = capabilities.find(name);
      result = result || (found != capabilities.end() && found->second.toBool());
    }
  });
  return result;
}
bool ct_set_threads(int32_t count) {
  return guard([&] {
    // A thread that was never asked would take the number of the process at its first operation.
    at::get_num_threads();
    at::set_num_threads(count);
  });
}
bool ct_has_cuda(void) { return at::hasCUDA(); }
bool ct_has_mps(void) { return at::hasMPS(); }
char *ct_build_description(void) {
  char *result = nullptr;
  guard([&] {
    result = strdup((at::show_config() + at::get_cpu_capability()).c_str());
  });
  return result;
}
