// Reads a clip for another process, within limits of the system: see `cffmpeg_serve`.
#include "CFFmpeg.h"

int main(int count, char **arguments) { return cffmpeg_serve(count, arguments); }
