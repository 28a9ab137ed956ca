#ifndef CVIPS_INTERNAL_H
#define CVIPS_INTERNAL_H

#include <vips/vips.h>

#include "CVips.h"

// Starts libvips once. Every public function calls it first.
int cvips_start(char **message);

// Starts libvips without the modules that it would open, and gives what VIPS_INIT does.
int cvips_init_without_modules(void);

// Opens the module that reads such bytes, if there is one and it is not open yet.
void cvips_open_module_for(const void *bytes, size_t length);

// Takes libvips' error text and gives CVIPS_FAILED.
int cvips_take_error(char **message);

// Gives `status` with a text of our own.
int cvips_fail(int status, char **message, const char *text);

// Copies an 8-bit picture's pixels out of libvips.
int cvips_copy_out(VipsImage *image, CVipsPixels *result, char **message);

// Wraps the caller's pixels without a copy. They must outlive the picture.
VipsImage *cvips_wrap(const CVipsPixels *image);

#endif
