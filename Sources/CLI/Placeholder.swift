// The command line's files follow.
