import Testing

/// Suites that set the number of threads, which is the whole program's: one after the other.
@Suite(.serialized) enum ThreadedTests {}
