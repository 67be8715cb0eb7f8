#include "io/text_file.h"

#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *bytes, size_t length)
{
    char *fresh = malloc(length + 1);
    if (!fresh) abort();
    memcpy(fresh, bytes, length);
    fresh[length] = '\0';
    return fresh;
}

ek_file text_file_of_bytes(const char *bytes, size_t length)
{
    return (ek_file){.path = copy("test", 4), .bytes = copy(bytes, length), .length = length};
}

ek_file text_file(const char *text)
{
    return text_file_of_bytes(text, strlen(text));
}

ek_graph *text_graph(const char *text, ek_graph_format format, int vertices)
{
    ek_file file = text_file(text);
    ek_graph *graph = NULL;
    CHECK_OK(ek_graph_parse(&file, format, vertices, &graph));
    ek_file_clear(&file);
    return graph;
}
