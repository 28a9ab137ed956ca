/// OpenVINO's runtime, opened when it is first asked for.
///
/// Nothing is linked: a program starts as fast as without it, and runs where it is not installed. A
/// function that can fail returns false or NULL and writes a message, to be freed with `free`.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A compiled network and the memory that it works in.
typedef struct COpenVINONetworkImpl *COpenVINONetwork;

/// The element types that networks have, by OpenVINO's numbers.
typedef enum {
  COpenVINOBool = 1,
  COpenVINOBFloat16 = 2,
  COpenVINOFloat16 = 3,
  COpenVINOFloat32 = 4,
  COpenVINOFloat64 = 5,
  COpenVINOInt32 = 9,
  COpenVINOInt64 = 10,
} COpenVINOType;

/// A tensor in memory that is not copied.
typedef struct {
  void *memory;
  const int64_t *sizes;
  int64_t rank;
  COpenVINOType type;
} COpenVINOTensor;

/// What a network computes and how.
typedef struct {
  /// The graph in OpenVINO's intermediate representation, version 11.
  const char *xml;
  size_t length;
  /// Where the offsets of constants count from, and how far they reach. The network reads constants
  /// where they are, so they must outlive it; what lies between them is not touched.
  void *constants;
  size_t reach;
  /// `f32`, or the type that products may be computed in where the processor is faster at it.
  const char *precision;
  /// The number of threads, at least 1.
  int32_t threads;
} COpenVINOSource;

/// Whether the runtime can be opened; if not, why.
bool openvino_is_available(char **message);
/// The version of the runtime, to be freed with `free`; NULL if it cannot be opened.
char *openvino_version(char **message);

COpenVINONetwork openvino_compile(COpenVINOSource source, char **message);
void openvino_release(COpenVINONetwork network);
/// Runs a network: reads the inputs and writes the outputs. Not for two threads at a time.
bool openvino_run(
  COpenVINONetwork network, const COpenVINOTensor *inputs, size_t inputsCount,
  const COpenVINOTensor *outputs, size_t outputsCount, char **message);
