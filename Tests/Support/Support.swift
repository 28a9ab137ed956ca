// The tests' shared helpers follow.
