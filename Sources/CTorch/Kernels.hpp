// Which of LibTorch's operations and our own kernels a thread uses.
#pragma once
#include <c10/core/GradMode.h>

#include <initializer_list>

#include "Bridge.hpp"

namespace ctorch {

/// Whether this thread lets our own kernels take the place of LibTorch's operations.
bool &ownKernels();

/// Whether they may compute with these tensors, of which some can be absent: where no gradient is
/// recorded.
inline bool usesOwnKernels(std::initializer_list<const at::Tensor *> tensors) {
  if (!ownKernels()) return false;
  if (!at::GradMode::is_enabled()) return true;
  for (const auto *tensor : tensors)
    if (tensor && tensor->requires_grad()) return false;
  return true;
}
}  // namespace ctorch
