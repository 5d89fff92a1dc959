#include "CLibXML2.h"

static void ignore_text(void *context, const char *format, ...) {
  (void)context;
  (void)format;
}

static void ignore_error(void *context, xmlErrorPtr error) {
  (void)context;
  (void)error;
}

void dmake_xml_silence(void) {
  xmlThrDefSetGenericErrorFunc(0, ignore_text);
  xmlThrDefSetStructuredErrorFunc(0, ignore_error);
  xmlSetGenericErrorFunc(0, ignore_text);
  xmlSetStructuredErrorFunc(0, ignore_error);
}
