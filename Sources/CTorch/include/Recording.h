#pragma once
#include "CTorchTypes.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The operations that one call of a function of tensors made, and the tensors between them.
///
/// Tensors are known by numbers: those that the function was given, what operations made of them,
/// and, as constants, all others that they used.
typedef struct CRecordingImpl *CRecording;

/// What kind of argument an operation had.
typedef enum {
  CArgumentNone = 0,
  CArgumentTensor,
  CArgumentTensors,
  CArgumentInt,
  CArgumentReal,
  CArgumentBool,
  CArgumentInts,
  CArgumentReals,
  CArgumentText,
  /// One of a kind that a recording does not keep, such as a generator.
  CArgumentOther,
} CArgumentKind;

/// An argument of an operation; what it points to lives as long as the recording.
typedef struct {
  CArgumentKind kind;
  /// How many `integers` or `reals` there are.
  int64_t count;
  /// The number of a tensor, -1 for one that is absent; or a whole number or a truth.
  int64_t integer;
  double real;
  /// The numbers of tensors, or whole numbers.
  const int64_t *integers;
  const double *reals;
  const char *text;
} CArgument;

/// An empty recording, or NULL.
CRecording ct_recording(void);
void ct_recording_release(CRecording recording);

/// Records this thread's operations from now on; NULL ends that.
///
/// Operations none of whose tensors come from an input are done as ever. What would write into a
/// tensor that does is an error that names the operation.
void ct_record_into(CRecording recording);

/// An input: a tensor with a shape and a type and without numbers.
CTensor ct_recording_input(
  CRecording recording, const int64_t *sizes, int64_t rank, int32_t dtype);

/// The number of a tensor, which becomes a constant if no operation has used it; -1 on errors.
int64_t ct_recording_number(CRecording recording, CTensor tensor);

int64_t ct_recording_tensor_count(CRecording recording);
/// A tensor by its number: one with numbers in it is a constant.
CTensor ct_recording_tensor(CRecording recording, int64_t number);
bool ct_recording_is_constant(CRecording recording, int64_t number);

int64_t ct_recording_call_count(CRecording recording);
/// The name of a call's operator, such as `aten::add.Tensor`.
const char *ct_recording_operator(CRecording recording, int64_t call);
int64_t ct_recording_argument_count(CRecording recording, int64_t call);
CArgument ct_recording_argument(CRecording recording, int64_t call, int64_t index);
/// The numbers of the tensors that a call made.
const int64_t *ct_recording_results(CRecording recording, int64_t call, int64_t *count);

#ifdef __cplusplus
}
#endif
