// Loops over LibTorch's threads.
#pragma once
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>

#include <algorithm>

namespace ctorch {

/// Calls `body(from, to)` for parts of `begin..<end` on all threads, each of so many at least.
///
/// `at::parallel_for` is a template that uses threads only where it is compiled with OpenMP, which
/// Swift's compiler for C++ does not have: without it, it runs on one thread in silence. The loop
/// of an iterator over a tensor is compiled inside of LibTorch.
template <typename Body>
void inParallel(int64_t begin, int64_t end, int64_t grain, const Body &body) {
  if (begin >= end) return;
  if (end - begin <= grain || at::get_num_threads() == 1) return body(begin, end);
  const auto marks = at::empty({end - begin}, at::kByte);
  auto iterator = at::TensorIteratorConfig()
                    .add_output(marks)
                    .check_all_same_dtype(false)
                    .resize_outputs(false)
                    .declare_static_shape(marks.sizes())
                    .build();
  const auto *first = static_cast<const char *>(iterator.data_ptr(0));
  iterator.for_each(
    [&](char **data, const int64_t *, int64_t count) {
      const int64_t from = begin + (data[0] - first);
      body(from, from + count);
    },
    std::max<int64_t>(grain, 1));
}
}  // namespace ctorch
