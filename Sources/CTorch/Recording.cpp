// One call of a function of tensors, kept as the operations that it made.
//
// The inputs are tensors of LibTorch's meta device: they have shapes and types and no numbers, so a
// recording computes nothing and takes milliseconds. The dispatcher asks a spare key of its own
// (TESTING_ONLY_GenericMode, which LibTorch's eager mode never sets) before all others; the fallback
// that is registered for it here sees each operator as it was called, notes it, and lets the meta
// kernel find the results' shapes.
#include "include/Recording.h"

#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/WrapDimMinimal.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <deque>
#include <unordered_map>

#include "Bridge.hpp"

namespace {
constexpr auto key = c10::DispatchKey::TESTING_ONLY_GenericMode;
using torch::jit::Stack;

struct Argument {
  CArgument plain{};
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::string text;
};

struct Call {
  std::string name;
  std::deque<Argument> arguments;
  std::vector<int64_t> results;
};

/// The tensors are kept, so that no address comes twice.
class Recording {
 public:
  std::deque<Call> calls;
  std::vector<at::Tensor> tensors;

  bool knows(const at::Tensor &tensor) const {
    return tensor.defined() && numbers.contains(tensor.unsafeGetTensorImpl());
  }

  bool isTraced(const at::Tensor &tensor) const { return knows(tensor) && tensor.is_meta(); }

  int64_t number(const at::Tensor &tensor) {
    if (!tensor.defined()) return -1;
    const auto [place, isNew] = numbers.try_emplace(
      tensor.unsafeGetTensorImpl(), static_cast<int64_t>(tensors.size()));
    if (isNew) tensors.push_back(tensor);
    return place->second;
  }

 private:
  std::unordered_map<c10::TensorImpl *, int64_t> numbers;
};

thread_local Recording *current = nullptr;

std::string nameOf(const c10::OperatorHandle &op) {
  const auto &name = op.operator_name();
  return name.overload_name.empty() ? name.name : name.name + "." + name.overload_name;
}

/// Calls `body` with every tensor of an argument or a result.
template <typename Body>
void eachTensor(const c10::IValue &value, Body body) {
  if (value.isTensor()) return body(value.toTensor());
  if (value.isTensorList()) {
    for (const at::Tensor &tensor : value.toTensorVector()) body(tensor);
  } else if (value.isList()) {
    for (const c10::IValue &element : value.toListRef()) eachTensor(element, body);
  }
}

/// What a meta kernel can take in place of a constant.
at::Tensor shadow(const at::Tensor &tensor) {
  if (!tensor.defined() || tensor.is_meta()) return tensor;
  return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.options().device(at::kMeta));
}

c10::IValue shadow(const c10::IValue &value) {
  if (value.isTensor()) return shadow(value.toTensor());
  if (value.isTensorList()) {
    std::vector<at::Tensor> shadows;
    for (const at::Tensor &tensor : value.toTensorVector()) shadows.push_back(shadow(tensor));
    return shadows;
  }
  if (value.isList()) {
    auto list = value.toList().copy();
    for (size_t i = 0; i < list.size(); i++) list.set(i, shadow(c10::IValue(list.get(i))));
    return list;
  }
  return value;
}

Argument keep(Recording &recording, const c10::IValue &value) {
  Argument kept;
  const auto is = [&](CArgumentKind kind) { kept.plain.kind = kind; };
  if (value.isNone()) {
    is(CArgumentNone);
  } else if (value.isTensor()) {
    is(CArgumentTensor);
    kept.plain.integer = recording.number(value.toTensor());
  } else if (value.isBool()) {
    is(CArgumentBool);
    kept.plain.integer = value.toBool();
  } else if (value.isInt()) {
    is(CArgumentInt);
    kept.plain.integer = value.toInt();
  } else if (value.isDouble()) {
    is(CArgumentReal);
    kept.plain.real = value.toDouble();
  } else if (value.isString()) {
    is(CArgumentText);
    kept.text = value.toStringRef();
  } else if (value.isIntList()) {
    is(CArgumentInts);
    kept.integers = value.toIntVector();
  } else if (value.isDoubleList()) {
    is(CArgumentReals);
    kept.reals = value.toDoubleVector();
  } else if (value.isTensorList()) {
    is(CArgumentTensors);
    eachTensor(value, [&](auto &tensor) { kept.integers.push_back(recording.number(tensor)); });
  } else {
    is(CArgumentOther);
  }
  return kept;
}

// Operators whose meta kernels are written in Python, or that ask what only real memory answers.

at::Tensor metaLike(const at::Tensor &like, at::IntArrayRef sizes) {
  return at::empty(sizes, like.options().device(at::kMeta));
}

/// The sizes that a convolution leaves: `(size + 2 · padding - dilation · (kernel - 1) - 1) / stride
/// + 1`.
at::Tensor convolved(const Stack &stack) {
  const auto x = stack[0].toTensor(), weight = stack[1].toTensor();
  const auto stride = stack[3].toIntVector(), padding = stack[4].toIntVector(),
             dilation = stack[5].toIntVector();
  TORCH_CHECK(
    x.dim() == weight.dim() && x.size(1) == weight.size(1) * stack[6].toInt(),
    "a convolution of ", x.sizes(), " by ", weight.sizes());
  std::vector<int64_t> sizes = {x.size(0), weight.size(0)};
  for (int64_t i = 2; i < x.dim(); i++) {
    const auto each = [&](const std::vector<int64_t> &values) {
      return values.size() == 1 ? values[0] : values[i - 2];
    };
    const int64_t reach = each(dilation) * (weight.size(i) - 1) + 1;
    const int64_t room = x.size(i) + 2 * each(padding) - reach;
    TORCH_CHECK(room >= 0, "a kernel of ", weight.sizes(), " is larger than ", x.sizes());
    sizes.push_back(room / each(stride) + 1);
  }
  return metaLike(x, sizes);
}

at::Tensor looked(const at::Tensor &table, const at::Tensor &places) {
  auto sizes = places.sizes().vec();
  const auto rest = table.sizes().slice(1);
  sizes.insert(sizes.end(), rest.begin(), rest.end());
  return metaLike(table, sizes);
}

at::Tensor attended(const Stack &stack) {
  const auto query = stack[0].toTensor(), key = stack[1].toTensor(), value = stack[2].toTensor();
  TORCH_CHECK(
    query.size(-1) == key.size(-1) && key.size(-2) == value.size(-2), "attention of ",
    query.sizes(), " to ", key.sizes());
  auto sizes = query.sizes().vec();
  sizes.back() = value.size(-1);
  return metaLike(query, sizes);
}

at::Tensor selected(const Stack &stack) {
  const auto x = stack[0].toTensor();
  auto sizes = x.sizes().vec();
  sizes.at(c10::maybe_wrap_dim(stack[1].toInt(), x.dim())) = stack[2].toTensor().numel();
  return metaLike(x, sizes);
}

at::Tensor same(const Stack &stack) {
  return metaLike(stack[0].toTensor(), stack[0].toTensor().sizes());
}

/// A truth for each element, of shapes that broadcast.
at::Tensor truths(const Stack &stack) {
  auto sizes = stack[0].toTensor().sizes().vec();
  if (stack.size() > 1) sizes = at::infer_size(sizes, stack[1].toTensor().sizes());
  return at::empty(sizes, at::TensorOptions(at::kBool).device(at::kMeta));
}

at::Tensor chosen(const Stack &stack) {
  const auto a = stack[1].toTensor(), b = stack[2].toTensor();
  const auto sizes =
    at::infer_size(at::infer_size(stack[0].toTensor().sizes(), a.sizes()), b.sizes());
  return at::empty(sizes, at::TensorOptions(at::result_type(a, b)).device(at::kMeta));
}

using Shape = at::Tensor (*)(const Stack &);

Shape shapeOf(const std::string &name) {
  static const std::unordered_map<std::string, Shape> known = {
    {"aten::conv1d", convolved},
    {"aten::conv2d", convolved},
    {"aten::scaled_dot_product_attention", attended},
    {"aten::index_select", selected},
    {"aten::embedding",
     [](const Stack &stack) { return looked(stack[0].toTensor(), stack[1].toTensor()); }},
    {"aten::group_norm", same},
    {"aten::layer_norm", same},
    {"aten::abs", same},
    {"aten::relu", same},
    {"aten::logical_and", truths},
    {"aten::logical_or", truths},
    {"aten::logical_not", truths},
    {"aten::where.self", chosen},
  };
  const auto found = known.find(name);
  return found == known.end() ? nullptr : found->second;
}

bool writes(const c10::FunctionSchema &schema) {
  for (const auto &argument : schema.arguments()) {
    if (argument.alias_info() && argument.alias_info()->isWrite()) return true;
  }
  return false;
}

void record(const c10::OperatorHandle &op, Stack *stack) {
  const c10::impl::ExcludeDispatchKeyGuard off(key);
  const auto &schema = op.schema();
  const size_t count = schema.arguments().size();
  bool isTraced = false;
  if (current) {
    for (const auto &value : torch::jit::last(*stack, count)) {
      eachTensor(value, [&](auto &tensor) { isTraced = isTraced || current->isTraced(tensor); });
    }
  }
  if (!isTraced) return op.callBoxed(stack);

  Call call{nameOf(op), {}, {}};
  TORCH_CHECK(
    !writes(schema), call.name, " writes into a tensor, which a recording cannot follow");
  auto arguments = torch::jit::pop(*stack, count);
  for (auto &value : arguments) {
    call.arguments.push_back(keep(*current, value));
    value = shadow(value);
  }
  Stack inner(std::move(arguments));
  try {
    if (const auto shape = shapeOf(call.name)) {
      inner = {shape(inner)};
    } else {
      op.callBoxed(&inner);
    }
  } catch (const c10::Error &error) {
    TORCH_CHECK(false, call.name, ": ", error.what_without_backtrace());
  }
  for (const auto &result : inner) {
    eachTensor(result, [&](auto &tensor) {
      TORCH_CHECK(tensor.is_meta(), call.name, " gave numbers, which a recording does not have");
      call.results.push_back(current->number(tensor));
    });
    stack->push_back(result);
  }
  current->calls.push_back(std::move(call));
}

Recording *impl(CRecording recording) { return reinterpret_cast<Recording *>(recording); }
}  // namespace

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&record>());
}

CRecording ct_recording(void) {
  CRecording result = nullptr;
  ctorch::guard([&] { result = reinterpret_cast<CRecording>(new Recording()); });
  return result;
}

void ct_recording_release(CRecording recording) { delete impl(recording); }

void ct_record_into(CRecording recording) {
  current = impl(recording);
  c10::impl::tls_set_dispatch_key_included(key, current != nullptr);
}

CTensor ct_recording_input(
  CRecording recording, const int64_t *sizes, int64_t rank, int32_t dtype) {
  return ctorch::guardTensor([&] {
    const c10::impl::ExcludeDispatchKeyGuard off(key);
    const auto tensor = at::empty(
      {sizes, static_cast<size_t>(rank)},
      at::TensorOptions(at::ScalarType(dtype)).device(at::kMeta));
    impl(recording)->number(tensor);
    return tensor;
  });
}

int64_t ct_recording_number(CRecording recording, CTensor tensor) {
  int64_t number = -1;
  ctorch::guard([&] { number = impl(recording)->number(ctorch::borrow(tensor)); });
  return number;
}

int64_t ct_recording_tensor_count(CRecording recording) {
  return static_cast<int64_t>(impl(recording)->tensors.size());
}

CTensor ct_recording_tensor(CRecording recording, int64_t number) {
  return ctorch::guardTensor([&] { return impl(recording)->tensors.at(number); });
}

bool ct_recording_is_constant(CRecording recording, int64_t number) {
  return !impl(recording)->tensors.at(number).is_meta();
}

int64_t ct_recording_call_count(CRecording recording) {
  return static_cast<int64_t>(impl(recording)->calls.size());
}

const char *ct_recording_operator(CRecording recording, int64_t call) {
  return impl(recording)->calls.at(call).name.c_str();
}

int64_t ct_recording_argument_count(CRecording recording, int64_t call) {
  return static_cast<int64_t>(impl(recording)->calls.at(call).arguments.size());
}

CArgument ct_recording_argument(CRecording recording, int64_t call, int64_t index) {
  const auto &kept = impl(recording)->calls.at(call).arguments.at(index);
  CArgument plain = kept.plain;
  plain.count = static_cast<int64_t>(
    plain.kind == CArgumentReals ? kept.reals.size() : kept.integers.size());
  plain.integers = kept.integers.data();
  plain.reals = kept.reals.data();
  plain.text = kept.text.c_str();
  return plain;
}

const int64_t *ct_recording_results(CRecording recording, int64_t call, int64_t *count) {
  const auto &results = impl(recording)->calls.at(call).results;
  *count = static_cast<int64_t>(results.size());
  return results.data();
}
