/* Checksums of journal lines: a changed digit would be a wrong result that nothing tells of. */
#include "io/journal_private.h"

#include <inttypes.h>
#include <string.h>

/* The text is part of the line as it was written, so no digit can be read in two ways. */
void ek_journal_check_text(const char *bytes, size_t length, char *check)
{
    snprintf(check, EK_JOURNAL_CHECK_BYTES + 1, "%s%016" PRIx64 "\"}", EK_JOURNAL_CHECK_KEY,
             ek_digest(0, bytes, length));
}

/* Quotes within strings are escaped: where the key stands in this way, it is one. */
enum ek_journal_check ek_journal_check_line(const char *bytes, size_t length)
{
    char check[EK_JOURNAL_CHECK_BYTES + 1];
    if (length < EK_JOURNAL_CHECK_BYTES) return EK_JOURNAL_UNCHECKED;
    length -= EK_JOURNAL_CHECK_BYTES;
    if (memcmp(bytes + length, EK_JOURNAL_CHECK_KEY, strlen(EK_JOURNAL_CHECK_KEY)) != 0)
        return EK_JOURNAL_UNCHECKED;
    ek_journal_check_text(bytes, length, check);
    return memcmp(bytes + length, check, EK_JOURNAL_CHECK_BYTES) == 0 ? EK_JOURNAL_SOUND
                                                                      : EK_JOURNAL_CHANGED;
}
