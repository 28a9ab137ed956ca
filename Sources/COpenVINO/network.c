#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COpenVINO.h"
#include "api.h"

struct COpenVINONetworkImpl {
  ov_compiled_model_t *compiled;
  ov_infer_request_t *request;
};

// Whether a call succeeded; if not, what OpenVINO said.
static bool check(const openvino_api *ov, int status, char **message) {
  if (status == 0) return true;
  const char *reason = ov->ov_get_last_err_msg();
  if (!reason || !*reason) reason = ov->ov_get_error_info(status);
  *message = strdup(reason && *reason ? reason : "no reason is given");
  return false;
}

// The sizes are only read, though they are not declared so.
static bool wrap(
  const openvino_api *ov, COpenVINOTensor tensor, ov_tensor_t **result, char **message) {
  const ov_shape_t shape = {tensor.rank, (int64_t *)tensor.sizes};
  return check(
    ov, ov->ov_tensor_create_from_host_ptr(tensor.type, shape, tensor.memory, result), message);
}

static ov_model_t *read_model(
  const openvino_api *ov, const COpenVINOSource *source, char **message) {
  // A graph without constants has memory all the same: a tensor without is refused.
  static uint8_t nothing;
  const int64_t reach = source->reach > 0 ? (int64_t)source->reach : 1;
  void *const memory = source->reach > 0 ? source->constants : &nothing;
  const int bytes = 16;  // OpenVINO's u8.
  const COpenVINOTensor constants = {memory, &reach, 1, (COpenVINOType)bytes};
  ov_tensor_t *weights = NULL;
  ov_model_t *model = NULL;
  if (!wrap(ov, constants, &weights, message)) return NULL;
  check(
    ov,
    ov->ov_core_read_model_from_memory_buffer(
      ov->core, source->xml, source->length, weights, &model),
    message);
  ov->ov_tensor_free(weights);
  return model;
}

COpenVINONetwork openvino_compile(COpenVINOSource source, char **message) {
  const openvino_api *ov = openvino_open(message);
  if (!ov) return NULL;
  ov_model_t *model = read_model(ov, &source, message);
  if (!model) return NULL;
  COpenVINONetwork network = calloc(1, sizeof *network);
  char threads[16];
  snprintf(threads, sizeof threads, "%d", source.threads);
  const size_t strings = 6;  // Three properties and their values.
  const bool isReady = network &&
    check(
      ov,
      ov->ov_core_compile_model(
        ov->core, model, "CPU", strings, &network->compiled, "INFERENCE_PRECISION_HINT",
        source.precision, "INFERENCE_NUM_THREADS", threads, "PERFORMANCE_HINT", "LATENCY"),
      message) &&
    check(
      ov, ov->ov_compiled_model_create_infer_request(network->compiled, &network->request),
      message);
  ov->ov_model_free(model);
  if (isReady) return network;
  if (network) {
    openvino_release(network);
  } else {
    *message = strdup("there is no memory left");
  }
  return NULL;
}

void openvino_release(COpenVINONetwork network) {
  char *message = NULL;
  const openvino_api *ov = openvino_open(&message);
  if (ov) {
    if (network->request) ov->ov_infer_request_free(network->request);
    if (network->compiled) ov->ov_compiled_model_free(network->compiled);
  }
  free(message);
  free(network);
}

typedef int (*setter)(ov_infer_request_t *, size_t, const ov_tensor_t *);

static bool set_all(
  const openvino_api *ov, COpenVINONetwork network, setter set, const COpenVINOTensor *tensors,
  size_t count, char **message) {
  for (size_t i = 0; i < count; i++) {
    ov_tensor_t *tensor = NULL;
    if (!wrap(ov, tensors[i], &tensor, message)) return false;
    const bool isSet = check(ov, set(network->request, i, tensor), message);
    ov->ov_tensor_free(tensor);
    if (!isSet) return false;
  }
  return true;
}

bool openvino_run(
  COpenVINONetwork network, const COpenVINOTensor *inputs, size_t inputsCount,
  const COpenVINOTensor *outputs, size_t outputsCount, char **message) {
  const openvino_api *ov = openvino_open(message);
  if (!ov) return false;
  return set_all(
           ov, network, ov->ov_infer_request_set_input_tensor_by_index, inputs, inputsCount,
           message) &&
    set_all(
           ov, network, ov->ov_infer_request_set_output_tensor_by_index, outputs, outputsCount,
           message) &&
    check(ov, ov->ov_infer_request_infer(network->request), message);
}
