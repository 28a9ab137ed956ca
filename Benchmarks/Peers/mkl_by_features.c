/* MKL asks this before it picks kernels by the processor's features; it is preloaded into the tuned
   peers, as Inkwell answers the question for itself (Sources/CTorch/Runtime.cpp). */
int mkl_serv_intel_cpu_true(void) { return 1; }
