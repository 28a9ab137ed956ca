/// LibTorch behind a C header.
///
/// A handle is the address of a LibTorch object with one reference that the receiver owns and
/// gives back with ct_release. A function that can fail returns NULL or false and keeps LibTorch's
/// message for ct_take_error, a thread at a time.
#pragma once
#include "CTorchTypes.h"
#include "Operators.h"
#include "Recording.h"
#include "Runtime.h"
