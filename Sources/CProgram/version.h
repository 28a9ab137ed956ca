#ifndef CPROGRAM_VERSION_H
#define CPROGRAM_VERSION_H

/// The program's version, as in semantic versioning.
#define INKWELL_VERSION "0.1.0"

#endif
