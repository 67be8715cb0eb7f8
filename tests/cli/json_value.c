/* Reads the standard input, which must be exactly one JSON object and a line end, and prints the
 * values at the paths given ("seconds.total", "gamma.0"): one a line, numbers with 17 digits, the
 * rest as JSON. Fails when anything is not so. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *step(json_t *value, const char *key)
{
    if (json_is_array(value)) return json_array_get(value, strtoul(key, NULL, 10));
    return json_object_get(value, key);
}

static json_t *find(json_t *value, const char *path)
{
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strsep(&rest, "."); key && value; key = strsep(&rest, "."))
        value = step(value, key);
    return value;
}

static int print(json_t *root, const char *path)
{
    json_t *value = find(root, path);
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17)) : NULL;
    if (text) puts(text);
    else fprintf(stderr, "no value at %s\n", path);
    free(text);
    return text != NULL;
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *root = json_loadf(stdin, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
    if (!json_is_object(root) || getchar() != '\n' || getchar() != EOF) {
        fprintf(stderr, "not exactly one object and a line end: %s\n", error.text);
        return 1;
    }
    int found = 1;
    for (int i = 1; i < argc; i++) found = print(root, argv[i]) && found;
    json_decref(root);
    return found ? 0 : 1;
}
