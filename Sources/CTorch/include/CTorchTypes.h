#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A tensor: the address of its TensorImpl. NULL where a tensor is optional.
typedef struct CTensorImpl *CTensor;

/// A random generator: the address of its GeneratorImpl.
typedef struct CGeneratorImpl *CGenerator;

/// Tensors that a function made: `count` handles in an array to be freed with `free`.
typedef struct {
  CTensor *items;
  int64_t count;
} CTensorList;

typedef enum { CScalarNone = 0, CScalarInt, CScalarDouble, CScalarBool } CScalarKind;

/// A number, or none.
typedef struct {
  CScalarKind kind;
  int64_t integer;
  double real;
} CScalar;

typedef struct {
  bool hasValue;
  int64_t value;
} COptionalInt;

typedef struct {
  bool hasValue;
  double value;
} COptionalDouble;
