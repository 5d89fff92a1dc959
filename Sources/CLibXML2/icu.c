/* Debian's libxml2.a asks ICU for encodings that libxml2 and iconv do not know. ICU would add 32 MB to a
   static binary, so its seven functions answer "not available" here, and libxml2 falls back to iconv.
   ICU puts its major version into each symbol; every version that a Debian of these years ships is named. */

enum { U_UNSUPPORTED_ERROR = 16 };

#define STUBS(version)                                                                          \
  void *ucnv_open_##version(const char *name, int *error) {                                     \
    (void)name;                                                                                 \
    *error = U_UNSUPPORTED_ERROR;                                                               \
    return 0;                                                                                   \
  }                                                                                             \
  void ucnv_close_##version(void *converter) { (void)converter; }                               \
  void ucnv_convertEx_##version(void) {}                                                        \
  void ucnv_setFromUCallBack_##version(void) {}                                                 \
  void ucnv_setToUCallBack_##version(void) {}                                                   \
  void UCNV_FROM_U_CALLBACK_STOP_##version(void) {}                                             \
  void UCNV_TO_U_CALLBACK_STOP_##version(void) {}

STUBS(72)
STUBS(76)
STUBS(77)
