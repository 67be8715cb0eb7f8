/* Files in memory for tests of the readers. */
#ifndef EK_TEST_TEXT_FILE_H
#define EK_TEST_TEXT_FILE_H

#include <exaket/files.h>

/* A file called "test" of these bytes, in a block that ends with them and their null, so that the
 * sanitizer sees a reader that goes too far. Released by ek_file_clear. */
ek_file text_file_of_bytes(const char *bytes, size_t length);
ek_file text_file(const char *text);

/* A graph from a text, or null after a failed check. */
ek_graph *text_graph(const char *text, ek_graph_format format, int vertices);

#endif
