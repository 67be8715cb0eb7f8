#include "io/spec_private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32, PATH_BYTES = 512 };

static yaml_node_t *node_at(const struct ek_yaml *yaml, int node)
{
    return yaml_document_get_node((yaml_document_t *)&yaml->document, node);
}

static const char *scalar_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static int nodes_of(const yaml_document_t *document)
{
    return (int)(document->nodes.top - document->nodes.start);
}

/* ---- where a node comes from --------------------------------------------------------------- */

/* The override that made a node, or null for the file's own. */
static const char *override_of(const struct ek_yaml *yaml, int node)
{
    if (node <= yaml->loaded_nodes || node > yaml->override_end) return NULL;
    size_t i = yaml->override_count;
    while (i > 0 && node <= yaml->last_node[i - 1]) i--;
    return i > 0 ? yaml->overrides[i - 1] : NULL;
}

/* A list that was made around a single value stands where that value does. */
static int written_node(const struct ek_yaml *yaml, int node)
{
    const yaml_node_t *found = node_at(yaml, node);
    const bool later = node > yaml->loaded_nodes && node > yaml->override_end;
    return later && found && found->type == YAML_SEQUENCE_NODE ? *found->data.sequence.items.start
                                                               : node;
}

bool ek_yaml_is_written(const struct ek_yaml *yaml, int node)
{
    node = written_node(yaml, node);
    return node <= yaml->loaded_nodes || node <= yaml->override_end;
}

ek_status ek_yaml_fail(const struct ek_yaml *yaml, int node, const char *format, ...)
{
    char what[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    node = written_node(yaml, node);
    const char *override = override_of(yaml, node);
    if (override) return EK_FAIL(EK_ERROR_ARGUMENT, "--set %s: %s", override, what);
    const yaml_node_t *found = node_at(yaml, node);
    const size_t line = found ? found->start_mark.line + 1 : 1;
    const size_t column = found ? found->start_mark.column + 1 : 1;
    return EK_FAIL(EK_ERROR_PARSE, "%s:%zu:%zu: %s", yaml->path, line, column, what);
}

/* ---- reading ------------------------------------------------------------------------------- */

static ek_status fail_in_parser(const yaml_parser_t *parser, const char *path)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return EK_FAIL(EK_ERROR_MEMORY, "cannot allocate memory for %s", path);
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_READER_ERROR)
        return EK_FAIL(EK_ERROR_PARSE, "%s:%zu:%zu: byte %zu: %s, expected UTF-8 text", path,
                       parser->mark.line + 1, parser->mark.column + 1, parser->problem_offset,
                       problem);
    return EK_FAIL(EK_ERROR_PARSE, "%s:%zu:%zu: %s%s%s", path, parser->problem_mark.line + 1,
                   parser->problem_mark.column + 1, problem, parser->context ? ", " : "",
                   parser->context ? parser->context : "");
}

/* Refuses a second document behind the first. */
static ek_status check_end(yaml_parser_t *parser, const char *path)
{
    yaml_document_t second;
    if (!yaml_parser_load(parser, &second)) return fail_in_parser(parser, path);
    const yaml_node_t *root = yaml_document_get_root_node(&second);
    ek_status status = EK_OK;
    if (root)
        status = EK_FAIL(EK_ERROR_PARSE, "%s:%zu:%zu: a second document, expected one", path,
                         root->start_mark.line + 1, root->start_mark.column + 1);
    yaml_document_delete(&second);
    return status;
}

static ek_status load(const char *path, const char *bytes, size_t length,
                      yaml_document_t *document)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return EK_FAIL(EK_ERROR_MEMORY, "cannot allocate memory for %s", path);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    ek_status status = EK_OK;
    if (!yaml_parser_load(&parser, document)) {
        status = fail_in_parser(&parser, path);
    } else {
        status = check_end(&parser, path);
        if (status != EK_OK) yaml_document_delete(document);
    }
    yaml_parser_delete(&parser);
    return status;
}

static ek_status check_root(const struct ek_yaml *yaml)
{
    const yaml_node_t *root = node_at(yaml, 1);
    if (!root) return ek_yaml_fail(yaml, 1, "the file is empty, expected a sweep's keys");
    if (root->type != YAML_MAPPING_NODE)
        return ek_yaml_fail(yaml, 1,
                            "expected lines of the form 'key: value' such as 'name: ...'");
    return EK_OK;
}

ek_status ek_yaml_create(const char *path, const char *bytes, size_t length, struct ek_yaml **yaml)
{
    struct ek_yaml *fresh;
    EK_TRY(EK_NEW(fresh, 1));
    ek_status status = ek_copy_string(path, &fresh->path);
    if (status == EK_OK) status = load(path, bytes, length, &fresh->document);
    if (status != EK_OK) {
        ek_release(fresh->path);
        ek_release(fresh);
        return status;
    }
    fresh->loaded_nodes = nodes_of(&fresh->document);
    status = check_root(fresh);
    if (status != EK_OK)
        ek_yaml_destroy(&fresh);
    else
        *yaml = fresh;
    return status;
}

void ek_yaml_destroy(struct ek_yaml **yaml)
{
    if (!*yaml) return;
    yaml_document_delete(&(*yaml)->document);
    for (size_t i = 0; i < (*yaml)->override_count; i++) ek_release((*yaml)->overrides[i]);
    ek_release((*yaml)->overrides);
    ek_release((*yaml)->last_node);
    ek_release((*yaml)->path);
    ek_release(*yaml);
    *yaml = NULL;
}

/* ---- paths --------------------------------------------------------------------------------- */

static int find_key(const struct ek_yaml *yaml, const yaml_node_t *mapping, const char *key)
{
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
    for (; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = node_at(yaml, pair->key);
        if (name->type == YAML_SCALAR_NODE && strcmp(scalar_text(name), key) == 0)
            return pair->value;
    }
    return 0;
}

/* The entry of a sequence that `key` numbers. */
static yaml_node_item_t *find_item(const yaml_node_t *sequence, const char *key)
{
    const size_t count =
        (size_t)(sequence->data.sequence.items.top - sequence->data.sequence.items.start);
    char *end;
    const unsigned long index = strtoul(key, &end, 10);
    const bool number = *key >= '0' && *key <= '9' && *end == '\0';
    return number && index < count ? sequence->data.sequence.items.start + index : NULL;
}

static int find_child(const struct ek_yaml *yaml, int parent, const char *key)
{
    const yaml_node_t *node = node_at(yaml, parent);
    if (node && node->type == YAML_MAPPING_NODE) return find_key(yaml, node, key);
    if (!node || node->type != YAML_SEQUENCE_NODE) return 0;
    const yaml_node_item_t *item = find_item(node, key);
    return item ? *item : 0;
}

/* Cuts the next key off a path, in place; null at its end. */
static char *next_key(char **path)
{
    char *key = *path;
    if (!key || !*key) return NULL;
    char *dot = strchr(key, '.');
    if (dot) *dot = '\0';
    *path = dot ? dot + 1 : NULL;
    return key;
}

int ek_yaml_find(const struct ek_yaml *yaml, const char *path)
{
    char copy[PATH_BYTES];
    char *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    int node = 1;
    for (char *key = next_key(&rest); key && node; key = next_key(&rest))
        node = find_child(yaml, node, key);
    return node;
}

size_t ek_yaml_length(const struct ek_yaml *yaml, const char *path)
{
    const yaml_node_t *node = node_at(yaml, ek_yaml_find(yaml, path));
    if (!node || node->type != YAML_SEQUENCE_NODE) return 0;
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

/* ---- changing ------------------------------------------------------------------------------ */

static ek_status made(int node)
{
    return node ? EK_OK : EK_FAIL(EK_ERROR_MEMORY, "cannot allocate memory for a YAML node");
}

static ek_status add_scalar(struct ek_yaml *yaml, const char *text, size_t length, int *node)
{
    *node = yaml_document_add_scalar(&yaml->document, NULL, (const yaml_char_t *)text, (int)length,
                                     YAML_ANY_SCALAR_STYLE);
    return made(*node);
}

static ek_status append_pair(struct ek_yaml *yaml, int mapping, const char *key, int value)
{
    int name;
    EK_TRY(add_scalar(yaml, key, strlen(key), &name));
    return made(yaml_document_append_mapping_pair(&yaml->document, mapping, name, value));
}

/* Puts `value` under `key` of the node `parent`, which must be able to take it. */
static ek_status put_child(struct ek_yaml *yaml, int parent, const char *key, int value)
{
    yaml_node_t *node = node_at(yaml, parent);
    if (node->type == YAML_MAPPING_NODE) {
        yaml_node_pair_t *pair = node->data.mapping.pairs.start;
        for (; pair < node->data.mapping.pairs.top; pair++) {
            const yaml_node_t *name = node_at(yaml, pair->key);
            if (name->type != YAML_SCALAR_NODE || strcmp(scalar_text(name), key) != 0) continue;
            pair->value = value;
            return EK_OK;
        }
        return append_pair(yaml, parent, key, value);
    }
    yaml_node_item_t *item = node->type == YAML_SEQUENCE_NODE ? find_item(node, key) : NULL;
    if (!item)
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       node->type == YAML_SEQUENCE_NODE
                           ? "the list has no entry '%s': entries count from 0"
                           : "what stands above '%s' is a single value and has no keys",
                       key);
    *item = value;
    return EK_OK;
}

/* Sets the node at a path, which is cut up. */
static ek_status put_at(struct ek_yaml *yaml, char *path, int value)
{
    int parent = 1;
    for (char *key = next_key(&path); key; key = next_key(&path)) {
        if (!path) return put_child(yaml, parent, key, value);
        int child = find_child(yaml, parent, key);
        if (!child) {
            child = yaml_document_add_mapping(&yaml->document, NULL, YAML_BLOCK_MAPPING_STYLE);
            EK_TRY(made(child));
            EK_TRY(put_child(yaml, parent, key, child));
        }
        parent = child;
    }
    return EK_FAIL(EK_ERROR_ARGUMENT, "the key is empty");
}

static ek_status copy_node(struct ek_yaml *yaml, yaml_document_t *from, int source, int depth,
                           int *copy);

static ek_status copy_pairs(struct ek_yaml *yaml, yaml_document_t *from, const yaml_node_t *node,
                            int depth, int mapping)
{
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        int key, value;
        EK_TRY(copy_node(yaml, from, pair->key, depth + 1, &key));
        EK_TRY(copy_node(yaml, from, pair->value, depth + 1, &value));
        EK_TRY(made(yaml_document_append_mapping_pair(&yaml->document, mapping, key, value)));
    }
    return EK_OK;
}

static ek_status copy_items(struct ek_yaml *yaml, yaml_document_t *from, const yaml_node_t *node,
                            int depth, int sequence)
{
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        int value;
        EK_TRY(copy_node(yaml, from, *item, depth + 1, &value));
        EK_TRY(made(yaml_document_append_sequence_item(&yaml->document, sequence, value)));
    }
    return EK_OK;
}

/* Copies a node of another document, with all below it, behind the last of this one. */
static ek_status copy_node(struct ek_yaml *yaml, yaml_document_t *from, int source, int depth,
                           int *copy)
{
    const yaml_node_t *node = yaml_document_get_node(from, source);
    if (depth > DEEPEST) return EK_FAIL(EK_ERROR_ARGUMENT, "nested more than %d deep", DEEPEST);
    if (node->type == YAML_SCALAR_NODE)
        return add_scalar(yaml, scalar_text(node), node->data.scalar.length, copy);
    if (node->type == YAML_SEQUENCE_NODE) {
        *copy = yaml_document_add_sequence(&yaml->document, NULL, YAML_ANY_SEQUENCE_STYLE);
        EK_TRY(made(*copy));
        return copy_items(yaml, from, node, depth, *copy);
    }
    *copy = yaml_document_add_mapping(&yaml->document, NULL, YAML_ANY_MAPPING_STYLE);
    EK_TRY(made(*copy));
    return copy_pairs(yaml, from, node, depth, *copy);
}

/* Notes an override, so that the nodes made from now on belong to it. */
static ek_status note_override(struct ek_yaml *yaml, const char *override)
{
    const size_t count = yaml->override_count;
    char **texts;
    int *last;
    EK_TRY(EK_NEW(texts, count + 1));
    ek_status status = EK_NEW(last, count + 1);
    if (status == EK_OK) {
        status = ek_copy_string(override, &texts[count]);
        if (status != EK_OK) ek_release(last);
    }
    if (status != EK_OK) {
        ek_release(texts);
        return status;
    }
    for (size_t i = 0; i < count; i++) texts[i] = yaml->overrides[i];
    for (size_t i = 0; i < count; i++) last[i] = yaml->last_node[i];
    last[count] = nodes_of(&yaml->document);
    ek_release(yaml->overrides);
    ek_release(yaml->last_node);
    yaml->overrides = texts;
    yaml->last_node = last;
    yaml->override_count++;
    return EK_OK;
}

static ek_status apply_override(struct ek_yaml *yaml, const char *override)
{
    char key[PATH_BYTES];
    const char *equals = strchr(override, '=');
    if (!equals || equals == override || (size_t)(equals - override) >= sizeof key)
        return EK_FAIL(EK_ERROR_ARGUMENT, "expected key=value, such as algorithm.starts=3");
    snprintf(key, sizeof key, "%.*s", (int)(equals - override), override);
    yaml_document_t parsed;
    EK_TRY(load("the value", equals + 1, strlen(equals + 1), &parsed));
    int node;
    ek_status status = yaml_document_get_root_node(&parsed)
                           ? copy_node(yaml, &parsed, 1, 0, &node)
                           : EK_FAIL(EK_ERROR_ARGUMENT, "there is no value behind '='");
    yaml_document_delete(&parsed);
    EK_TRY(status);
    return put_at(yaml, key, node);
}

ek_status ek_yaml_override(struct ek_yaml *yaml, const char *override)
{
    struct ek_failure failure;
    EK_TRY(note_override(yaml, override));
    const ek_status status = apply_override(yaml, override);
    yaml->override_end = nodes_of(&yaml->document);
    if (status == EK_OK || status == EK_ERROR_MEMORY) return status;
    ek_failure_get(&failure);
    return EK_FAIL(EK_ERROR_ARGUMENT, "--set %s: %s", override, failure.message);
}

ek_status ek_yaml_default(struct ek_yaml *yaml, const char *path, const char *value)
{
    char copy[PATH_BYTES];
    int node;
    if (ek_yaml_find(yaml, path)) return EK_OK;
    snprintf(copy, sizeof copy, "%s", path);
    EK_TRY(add_scalar(yaml, value, strlen(value), &node));
    return put_at(yaml, copy, node);
}
