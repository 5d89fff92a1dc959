#include "CZlib.h"

int dmake_deflate_init(z_stream *stream, int level) { return deflateInit(stream, level); }
int dmake_inflate_init(z_stream *stream) { return inflateInit(stream); }
