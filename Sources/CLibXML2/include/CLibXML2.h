#ifndef DMAKE_CLIBXML2_H
#define DMAKE_CLIBXML2_H

/* Debian builds libxml2 with ICU, whose headers clash with Foundation's: the switch goes off before any
   header that looks at it is read. */
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlsave.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

/* xmlFree is a mutable variable that holds a function; Swift calls it through a function that it can trust. */
static inline void dmake_xml_free(void *memory) { xmlFree(memory); }

/* Keeps libxml2 from printing to stderr, in this thread and in those that begin later. */
void dmake_xml_silence(void);

#endif
