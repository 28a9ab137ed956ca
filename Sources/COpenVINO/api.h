// The part of OpenVINO 2026.4.1's C API that is used, as openvino/c/*.h declare it.
#ifndef COPENVINO_API_H
#define COPENVINO_API_H

#include <stdint.h>
#include <stddef.h>

typedef struct ov_core ov_core_t;
typedef struct ov_model ov_model_t;
typedef struct ov_compiled_model ov_compiled_model_t;
typedef struct ov_infer_request ov_infer_request_t;
typedef struct ov_tensor ov_tensor_t;

typedef struct {
  const char *buildNumber;
  const char *description;
} ov_version_t;

typedef struct {
  int64_t rank;
  int64_t *dims;
} ov_shape_t;

// Each function that answers int answers 0 if it succeeded.
#define OPENVINO_FUNCTIONS(F) \
  F(int, ov_get_openvino_version, (ov_version_t *)) \
  F(void, ov_version_free, (ov_version_t *)) \
  F(const char *, ov_get_last_err_msg, (void)) \
  F(const char *, ov_get_error_info, (int)) \
  F(int, ov_core_create, (ov_core_t **)) \
  F(int, ov_core_read_model_from_memory_buffer, \
    (const ov_core_t *, const char *, size_t, const ov_tensor_t *, ov_model_t **)) \
  F(int, ov_core_compile_model, \
    (const ov_core_t *, const ov_model_t *, const char *, size_t, ov_compiled_model_t **, ...)) \
  F(void, ov_model_free, (ov_model_t *)) \
  F(int, ov_compiled_model_create_infer_request, \
    (const ov_compiled_model_t *, ov_infer_request_t **)) \
  F(void, ov_compiled_model_free, (ov_compiled_model_t *)) \
  F(int, ov_infer_request_set_input_tensor_by_index, \
    (ov_infer_request_t *, size_t, const ov_tensor_t *)) \
  F(int, ov_infer_request_set_output_tensor_by_index, \
    (ov_infer_request_t *, size_t, const ov_tensor_t *)) \
  F(int, ov_infer_request_infer, (ov_infer_request_t *)) \
  F(void, ov_infer_request_free, (ov_infer_request_t *)) \
  F(int, ov_tensor_create_from_host_ptr, (int, ov_shape_t, void *, ov_tensor_t **)) \
  F(void, ov_tensor_free, (ov_tensor_t *))

typedef struct {
#define OPENVINO_MEMBER(result, name, arguments) result(*name) arguments;
  OPENVINO_FUNCTIONS(OPENVINO_MEMBER)
#undef OPENVINO_MEMBER
  ov_core_t *core;
} openvino_api;

// Opens the runtime once; NULL, with a message to be freed, if that fails.
const openvino_api *openvino_open(char **message);

#endif
