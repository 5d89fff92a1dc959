#ifndef DMAKE_CLIBXML2_H
#define DMAKE_CLIBXML2_H

/* Debian builds libxml2 with ICU, whose headers clash with Foundation's: the switch goes off before any
   header that looks at it is read. */
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#endif
