#ifndef DMAKE_CZLIB_H
#define DMAKE_CZLIB_H

#include <zlib.h>

/* zlib's own initialisers are macros, which Swift does not import. */
int dmake_deflate_init(z_stream *stream, int level);
int dmake_inflate_init(z_stream *stream);

#endif
