// Handles to LibTorch's objects and back, and the boundary that no exception crosses.
#pragma once
#include <ATen/core/IListRef.h>
#include <ATen/core/IListRef_inl.h>
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "include/CTorchTypes.h"

namespace ctorch {

/// Keeps the first message until it is taken.
void fail(const char *message) noexcept;

inline at::Tensor borrow(CTensor handle) {
  TORCH_CHECK(handle, "an operation on a tensor that an earlier error left without a value");
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(
    reinterpret_cast<c10::TensorImpl *>(handle)));
}

inline std::optional<at::Tensor> borrowOptional(CTensor handle) {
  return handle ? std::optional<at::Tensor>(borrow(handle)) : std::nullopt;
}

inline std::vector<at::Tensor> borrowList(const CTensor *handles, int64_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}

inline CTensor release(at::Tensor tensor) {
  return reinterpret_cast<CTensor>(tensor.unsafeReleaseTensorImpl());
}

inline void releaseList(std::vector<at::Tensor> tensors, CTensorList *out) {
  out->items = static_cast<CTensor *>(malloc(sizeof(CTensor) * (tensors.size() + 1)));
  out->count = static_cast<int64_t>(tensors.size());
  for (size_t i = 0; i < tensors.size(); i++) out->items[i] = release(std::move(tensors[i]));
}

/// A list of integers that converts to whichever reference the operator takes.
struct list {
  const int64_t *values;
  int64_t count;
  list(const int64_t *values, int64_t count) : values(values), count(count) {}
  operator at::IntArrayRef() const { return {values, static_cast<size_t>(count)}; }
  operator c10::SymIntArrayRef() const {
    return c10::fromIntArrayRefSlow({values, static_cast<size_t>(count)});
  }
};

/// A list that is absent where its address is NULL.
template <typename Value>
struct optionalList {
  const Value *values;
  int64_t count;
  optionalList(const Value *values, int64_t count) : values(values), count(count) {}
  c10::ArrayRef<Value> reference() const { return {values, static_cast<size_t>(count)}; }
  operator c10::OptionalArrayRef<Value>() const {
    if (!values) return std::nullopt;
    return reference();
  }
  operator std::optional<c10::ArrayRef<Value>>() const {
    if (!values) return std::nullopt;
    return reference();
  }
  operator at::OptionalSymIntArrayRef() const {
    if (!values) return std::nullopt;
    return c10::fromIntArrayRefSlow(reference());
  }
};

template <typename Optional>
struct optional {
  Optional source;
  optional(Optional source) : source(source) {}
  template <typename Value>
  operator std::optional<Value>() const {
    return source.hasValue ? std::optional<Value>(source.value) : std::nullopt;
  }
};

inline at::Scalar scalar(CScalar value) {
  switch (value.kind) {
    case CScalarInt: return at::Scalar(value.integer);
    case CScalarBool: return at::Scalar(value.integer != 0);
    default: return at::Scalar(value.real);
  }
}

inline std::optional<at::Scalar> optionalScalar(CScalar value) {
  return value.kind == CScalarNone ? std::nullopt : std::optional<at::Scalar>(scalar(value));
}

inline std::optional<at::ScalarType> optionalType(int32_t value) {
  return value < 0 ? std::nullopt : std::optional<at::ScalarType>(at::ScalarType(value));
}

inline std::optional<at::MemoryFormat> optionalFormat(int32_t value) {
  return value < 0 ? std::nullopt : std::optional<at::MemoryFormat>(at::MemoryFormat(value));
}

template <typename Body>
bool guard(Body body) noexcept {
  try {
    body();
    return true;
  } catch (const c10::Error &error) {
    fail(error.what_without_backtrace());
  } catch (const std::exception &error) {
    fail(error.what());
  } catch (...) {
    fail("an unknown C++ exception");
  }
  return false;
}

template <typename Body>
CTensor guardTensor(Body body) noexcept {
  CTensor result = nullptr;
  guard([&] { result = release(body()); });
  return result;
}

}  // namespace ctorch
