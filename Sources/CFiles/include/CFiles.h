/// What the system does to files and Swift's imports of its headers leave out.
#pragma once

/// Gives two files or folders each other's names, in one step.
///
/// Returns 0, or -1 with the reason in errno: EINVAL where the file system cannot.
int cfiles_exchange(const char *a, const char *b);
