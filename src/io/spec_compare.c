/* A YAML document against a libcyaml schema. */
#include "io/spec_private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static yaml_node_t *node_at(const struct ek_yaml *yaml, int node)
{
    return yaml_document_get_node((yaml_document_t *)&yaml->document, node);
}

static ek_status check_value(struct ek_yaml *yaml, int node, const char *key,
                             const cyaml_schema_value_t *schema);

/* What a scalar of the schema's type looks like. */
static const char *expectation(const cyaml_schema_value_t *schema)
{
    switch (schema->type) {
    case CYAML_INT:
        return "a whole number";
    case CYAML_UINT:
        return "a whole number, 0 or more";
    case CYAML_FLOAT:
        return "a number";
    case CYAML_BOOL:
        return "true or false";
    case CYAML_SEQUENCE:
        return "a list such as [1, 2, 3]";
    case CYAML_MAPPING:
        return "keys and values";
    default:
        return "text";
    }
}

/* ---- scalars ------------------------------------------------------------------------------- */

/* Digits without a leading zero, which some readers would take for octal. */
static bool is_decimal(const char *text, bool negative_too)
{
    if (negative_too && (*text == '-' || *text == '+')) text++;
    if (*text == '0' && text[1] != '\0') return false;
    return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static bool fits_int(const char *text, size_t bytes)
{
    errno = 0;
    const long long value = strtoll(text, NULL, 10);
    const int bits = (int)(8 * bytes) - 1;
    const long long most = (long long)ek_low_bits(bits);
    return is_decimal(text, true) && errno == 0 && value <= most && value >= -most - 1;
}

static bool fits_uint(const char *text, size_t bytes)
{
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    return is_decimal(text, false) && errno == 0 && value <= ek_low_bits((int)(8 * bytes));
}

static bool is_number(const char *text)
{
    char *end;
    if (strspn(text, "+-.0123456789eE") != strlen(text)) return false; /* no hex, nan, inf */
    const double value = strtod(text, &end);
    return *text != '\0' && *end == '\0' && isfinite(value);
}

static ek_status fail_in_enum(const struct ek_yaml *yaml, int node, const char *key,
                              const char *text, const cyaml_schema_value_t *schema)
{
    struct ek_text names = {0};
    for (uint32_t i = 0; i < schema->enumeration.count; i++)
        ek_text_printf(&names, "%s%s", i ? ", " : "", schema->enumeration.strings[i].str);
    ek_status status = names.status;
    if (status == EK_OK)
        status =
            ek_yaml_fail(yaml, node, "%s is '%s', expected one of %s", key, text, names.bytes);
    ek_text_clear(&names);
    return status;
}

static bool in_enum(const char *text, const cyaml_schema_value_t *schema)
{
    for (uint32_t i = 0; i < schema->enumeration.count; i++)
        if (strcmp(text, schema->enumeration.strings[i].str) == 0) return true;
    return false;
}

static ek_status check_scalar(const struct ek_yaml *yaml, int node, const char *key,
                              const cyaml_schema_value_t *schema)
{
    const yaml_node_t *found = node_at(yaml, node);
    const char *text = (const char *)found->data.scalar.value;
    bool good = false;
    if (strlen(text) != found->data.scalar.length)
        return ek_yaml_fail(yaml, node, "%s contains a null character", key);
    switch (schema->type) {
    case CYAML_ENUM:
        return in_enum(text, schema) ? EK_OK : fail_in_enum(yaml, node, key, text, schema);
    case CYAML_STRING:
        if (strlen(text) >= schema->string.min) return EK_OK;
        return ek_yaml_fail(yaml, node, "%s has no value, expected text", key);
    case CYAML_INT:
        good = fits_int(text, schema->data_size);
        break;
    case CYAML_UINT:
        good = fits_uint(text, schema->data_size);
        break;
    case CYAML_FLOAT:
        good = is_number(text);
        break;
    case CYAML_BOOL:
        good = strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
        break;
    default:
        break;
    }
    if (good) return EK_OK;
    if (*text == '\0')
        return ek_yaml_fail(yaml, node, "%s has no value, expected %s", key, expectation(schema));
    return ek_yaml_fail(yaml, node, "%s is '%.80s', expected %s%s", key, text, expectation(schema),
                        is_decimal(text, true) ? " that is not so large" : "");
}

/* ---- lists and mappings -------------------------------------------------------------------- */

static ek_status check_sequence(struct ek_yaml *yaml, int node, const char *key,
                                const cyaml_schema_value_t *schema)
{
    const yaml_node_t *list = node_at(yaml, node);
    const size_t count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    if (count < schema->sequence.min)
        return ek_yaml_fail(yaml, node,
                            "%s is an empty list, expected at least %" PRIu32 " entr%s", key,
                            schema->sequence.min, schema->sequence.min == 1 ? "y" : "ies");
    for (size_t i = 0; i < count; i++) {
        const int entry = node_at(yaml, node)->data.sequence.items.start[i];
        EK_TRY(check_value(yaml, entry, key, schema->sequence.entry));
    }
    return EK_OK;
}

static const cyaml_schema_field_t *find_field(const cyaml_schema_field_t *fields, const char *key)
{
    for (; fields->key; fields++)
        if (strcmp(fields->key, key) == 0) return fields;
    return NULL;
}

static ek_status fail_at_key(const struct ek_yaml *yaml, int node, const char *key,
                             const cyaml_schema_field_t *fields)
{
    struct ek_text names = {0};
    for (; fields->key; fields++)
        ek_text_printf(&names, "%s%s", names.length ? ", " : "", fields->key);
    ek_status status = names.status;
    if (status == EK_OK)
        status =
            ek_yaml_fail(yaml, node, "unknown key '%.80s', expected one of %s", key, names.bytes);
    ek_text_clear(&names);
    return status;
}

/* Whether a value that is no list may stand for a list of one. */
static bool stands_for_list(const struct ek_yaml *yaml, int value,
                            const cyaml_schema_value_t *schema)
{
    const yaml_node_t *node = node_at(yaml, value);
    if (schema->type != CYAML_SEQUENCE) return false;
    if (schema->sequence.entry->type == CYAML_MAPPING) return node->type == YAML_MAPPING_NODE;
    return node->type == YAML_SCALAR_NODE && node->data.scalar.length > 0;
}

/* Replaces the value of pair i by a list of it. */
static ek_status make_list(struct ek_yaml *yaml, int node, size_t i)
{
    const int value = node_at(yaml, node)->data.mapping.pairs.start[i].value;
    const int list = yaml_document_add_sequence(&yaml->document, NULL, YAML_ANY_SEQUENCE_STYLE);
    if (!list || !yaml_document_append_sequence_item(&yaml->document, list, value))
        return EK_FAIL(EK_ERROR_MEMORY, "cannot allocate memory for a YAML node");
    node_at(yaml, list)->start_mark = node_at(yaml, value)->start_mark;
    node_at(yaml, node)->data.mapping.pairs.start[i].value = list;
    return EK_OK;
}

static ek_status check_pair(struct ek_yaml *yaml, int node, size_t i,
                            const cyaml_schema_field_t *fields)
{
    const yaml_node_pair_t *pairs = node_at(yaml, node)->data.mapping.pairs.start;
    const yaml_node_t *key = node_at(yaml, pairs[i].key);
    if (key->type != YAML_SCALAR_NODE)
        return ek_yaml_fail(yaml, pairs[i].key, "a key must be a word");
    const char *name = (const char *)key->data.scalar.value;
    const cyaml_schema_field_t *field = find_field(fields, name);
    if (!field) return fail_at_key(yaml, pairs[i].key, name, fields);
    for (size_t j = 0; j < i; j++)
        if (strcmp((const char *)node_at(yaml, pairs[j].key)->data.scalar.value, name) == 0)
            return ek_yaml_fail(yaml, pairs[i].key, "the key '%s' is given twice", name);
    if (stands_for_list(yaml, pairs[i].value, &field->value)) EK_TRY(make_list(yaml, node, i));
    const int value = node_at(yaml, node)->data.mapping.pairs.start[i].value;
    return check_value(yaml, value, field->key, &field->value);
}

static ek_status check_mapping(struct ek_yaml *yaml, int node, const cyaml_schema_value_t *schema)
{
    const yaml_node_t *mapping = node_at(yaml, node);
    const size_t count =
        (size_t)(mapping->data.mapping.pairs.top - mapping->data.mapping.pairs.start);
    for (size_t i = 0; i < count; i++) EK_TRY(check_pair(yaml, node, i, schema->mapping.fields));
    for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key; field++) {
        bool given = (field->value.flags & CYAML_FLAG_OPTIONAL) != 0;
        const yaml_node_pair_t *pairs = node_at(yaml, node)->data.mapping.pairs.start;
        for (size_t i = 0; i < count && !given; i++)
            given = strcmp((const char *)node_at(yaml, pairs[i].key)->data.scalar.value,
                           field->key) == 0;
        if (!given) return ek_yaml_fail(yaml, node, "the key '%s' is missing here", field->key);
    }
    return EK_OK;
}

static ek_status check_value(struct ek_yaml *yaml, int node, const char *key,
                             const cyaml_schema_value_t *schema)
{
    const yaml_node_type_t found = node_at(yaml, node)->type;
    yaml_node_type_t expected = YAML_SCALAR_NODE;
    if (schema->type == CYAML_MAPPING) expected = YAML_MAPPING_NODE;
    if (schema->type == CYAML_SEQUENCE) expected = YAML_SEQUENCE_NODE;
    if (found != expected)
        return ek_yaml_fail(yaml, node, "%s is %s, expected %s", key,
                            found == YAML_MAPPING_NODE    ? "a mapping"
                            : found == YAML_SEQUENCE_NODE ? "a list"
                                                          : "a single value",
                            expectation(schema));
    if (found == YAML_MAPPING_NODE) return check_mapping(yaml, node, schema);
    if (found == YAML_SEQUENCE_NODE) return check_sequence(yaml, node, key, schema);
    return check_scalar(yaml, node, key, schema);
}

ek_status ek_yaml_check(struct ek_yaml *yaml, const cyaml_schema_value_t *schema)
{
    return check_mapping(yaml, 1, schema);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void write_node(const struct ek_yaml *yaml, yaml_emitter_t *emitter, int node);

static void emit(yaml_emitter_t *emitter, yaml_event_t *event)
{
    yaml_emitter_emit(emitter, event); /* a failure shows in the text's status or emitter->error */
}

static void write_mapping(const struct ek_yaml *yaml, yaml_emitter_t *emitter,
                          const yaml_node_t *node)
{
    yaml_event_t event;
    yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
    emit(emitter, &event);
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        write_node(yaml, emitter, pair->key);
        write_node(yaml, emitter, pair->value);
    }
    yaml_mapping_end_event_initialize(&event);
    emit(emitter, &event);
}

/* Lists of scalars stand on one line. */
static void write_sequence(const struct ek_yaml *yaml, yaml_emitter_t *emitter,
                           const yaml_node_t *node)
{
    yaml_event_t event;
    const yaml_node_item_t *item = node->data.sequence.items.start;
    const yaml_node_item_t *end = node->data.sequence.items.top;
    const bool scalars = item == end || node_at(yaml, *item)->type == YAML_SCALAR_NODE;
    yaml_sequence_start_event_initialize(
        &event, NULL, NULL, 1, scalars ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
    emit(emitter, &event);
    for (; item < end; item++) write_node(yaml, emitter, *item);
    yaml_sequence_end_event_initialize(&event);
    emit(emitter, &event);
}

static void write_node(const struct ek_yaml *yaml, yaml_emitter_t *emitter, int node)
{
    yaml_event_t event;
    const yaml_node_t *found = node_at(yaml, node);
    if (found->type == YAML_MAPPING_NODE) {
        write_mapping(yaml, emitter, found);
    } else if (found->type == YAML_SEQUENCE_NODE) {
        write_sequence(yaml, emitter, found);
    } else {
        yaml_scalar_event_initialize(&event, NULL, NULL, found->data.scalar.value,
                                     (int)found->data.scalar.length, 1, 1, YAML_ANY_SCALAR_STYLE);
        emit(emitter, &event);
    }
}

static int append_bytes(void *text, unsigned char *bytes, size_t count)
{
    ek_text_printf(text, "%.*s", (int)count, (const char *)bytes);
    return ((struct ek_text *)text)->status == EK_OK;
}

void ek_yaml_write(const struct ek_yaml *yaml, struct ek_text *text)
{
    yaml_emitter_t emitter;
    yaml_event_t event;
    if (!yaml_emitter_initialize(&emitter)) {
        text->status = EK_FAIL(EK_ERROR_MEMORY, "cannot allocate memory to write YAML");
        return;
    }
    yaml_emitter_set_output(&emitter, append_bytes, text);
    yaml_emitter_set_width(&emitter, 99);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    emit(&emitter, &event);
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    emit(&emitter, &event);
    write_node(yaml, &emitter, 1);
    yaml_document_end_event_initialize(&event, 1);
    emit(&emitter, &event);
    yaml_stream_end_event_initialize(&event);
    emit(&emitter, &event);
    if (emitter.error != YAML_NO_ERROR && text->status == EK_OK)
        text->status = EK_FAIL(EK_ERROR_MEMORY, "cannot write the spec as YAML: %s",
                               emitter.problem ? emitter.problem : "no memory");
    yaml_emitter_delete(&emitter);
}
