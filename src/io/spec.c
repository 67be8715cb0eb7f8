#include "io/spec_private.h"

#include <stdarg.h>
#include <string.h>

uint64_t ek_hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

const char *ek_cyaml_version(char *out)
{
    snprintf(out, 32, "%.31s", cyaml_version_str);
    return out;
}

const char *ek_yaml_version(char *out)
{
    snprintf(out, 32, "%.31s", yaml_get_version_string());
    return out;
}

const char *ek_spec_key(char *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, 128, format, arguments);
    va_end(arguments);
    return out;
}

/* The node of a key or, where the file has none, of what stands above it. */
static int nearest_node(const struct ek_yaml *yaml, const char *key)
{
    char path[128];
    snprintf(path, sizeof path, "%s", key);
    for (;;) {
        const int node = ek_yaml_find(yaml, path);
        char *dot = strrchr(path, '.');
        const bool written = node && ek_yaml_is_written(yaml, node);
        if (written || !dot) return written ? node : 1;
        *dot = '\0';
    }
}

bool ek_spec_has(const struct ek_spec *spec, const char *key)
{
    return ek_yaml_find(spec->yaml, key) != 0;
}

ek_status ek_spec_fail(const struct ek_spec *spec, const char *key, const char *format, ...)
{
    char what[640];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return ek_yaml_fail(spec->yaml, nearest_node(spec->yaml, key), "%s", what);
}

ek_status ek_spec_place(const struct ek_spec *spec, const char *key, ek_status status)
{
    struct ek_failure failure;
    if (status == EK_OK) return EK_OK;
    ek_failure_get(&failure);
    return ek_spec_fail(spec, key, "%s", failure.message);
}

/* ---- libcyaml ------------------------------------------------------------------------------ */

/* Keeps the first complaint. */
static void keep_message(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    char *message = context;
    if (level == CYAML_LOG_ERROR && *message == '\0') vsnprintf(message, 256, format, arguments);
    message[strcspn(message, "\n")] = '\0';
}

static cyaml_config_t configuration(char *message)
{
    return (cyaml_config_t){.log_fn = keep_message,
                            .log_ctx = message,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_ERROR,
                            .flags = CYAML_CFG_STYLE_BLOCK};
}

/* The document has been checked: only memory can fail here. */
static ek_status load_struct(const char *text, struct ek_spec **spec)
{
    char message[256] = "";
    const cyaml_config_t config = configuration(message);
    cyaml_data_t *data = NULL;
    const cyaml_err_t error = cyaml_load_data((const uint8_t *)text, strlen(text), &config,
                                              &ek_spec_schema, &data, NULL);
    if (error == CYAML_OK) *spec = data;
    if (error == CYAML_OK) return EK_OK;
    return EK_FAIL(error == CYAML_ERR_OOM ? EK_ERROR_MEMORY : EK_ERROR_PARSE,
                   "cannot load the spec: %s: %s", cyaml_strerror(error), message);
}

/* What the results depend on, in the schema's order, whatever the order and style of the file. */
static ek_status compute_hash(struct ek_spec *spec)
{
    char message[256] = "";
    char *text = NULL;
    size_t length = 0;
    const cyaml_config_t config = configuration(message);
    struct ek_spec copy = *spec;
    copy.output = copy.name; /* must not be null */
    copy.on_error = EK_ON_ERROR_CONTINUE;
    copy.ranks_per_point = 0;
    const cyaml_err_t error = cyaml_save_data(&text, &length, &config, &ek_spec_schema, &copy, 0);
    if (error != CYAML_OK)
        return EK_FAIL(EK_ERROR_MEMORY, "cannot write the spec: %s: %s", cyaml_strerror(error),
                       message);
    spec->hash = ek_hash_bytes(EK_HASH_START, text, length);
    cyaml_mem(NULL, text, 0);
    return EK_OK;
}

void ek_spec_destroy(struct ek_spec **spec)
{
    char message[256] = "";
    const cyaml_config_t config = configuration(message);
    if (!*spec) return;
    ek_yaml_destroy(&(*spec)->yaml);
    ek_release((*spec)->resolved);
    cyaml_free(&config, &ek_spec_schema, *spec, 0);
    *spec = NULL;
}

/* ---- parsing ------------------------------------------------------------------------------- */

/* The text of a scalar that is known to be there. */
static const char *text_at(struct ek_yaml *yaml, const char *path)
{
    const yaml_node_t *node =
        yaml_document_get_node(&yaml->document, ek_yaml_find(yaml, path));
    return (const char *)node->data.scalar.value;
}

static ek_status add_family_defaults(struct ek_yaml *yaml, size_t i)
{
    char key[128];
    const char *family = text_at(yaml, ek_spec_key(key, "problem.generate.%zu.family", i));
    const char *const(*defaults)[2] = ek_spec_family_defaults(family);
    for (; (*defaults)[0]; defaults++)
        EK_TRY(ek_yaml_default(yaml, ek_spec_key(key, "problem.generate.%zu.%s", i,
                                                 (*defaults)[0]), (*defaults)[1]));
    return EK_OK;
}

static ek_status add_list(struct ek_yaml *yaml, const char *const (*defaults)[2])
{
    for (; (*defaults)[0]; defaults++)
        EK_TRY(ek_yaml_default(yaml, (*defaults)[0], (*defaults)[1]));
    return EK_OK;
}

static ek_status add_defaults(struct ek_yaml *yaml)
{
    char output[256];
    EK_TRY(add_list(yaml, ek_spec_defaults));
    EK_TRY(add_list(yaml, ek_spec_algorithm_defaults(text_at(yaml, "algorithm.name"))));
    for (size_t i = 0; i < ek_yaml_length(yaml, "problem.generate"); i++)
        EK_TRY(add_family_defaults(yaml, i));
    snprintf(output, sizeof output, "results/%.200s", text_at(yaml, "name"));
    EK_TRY(ek_yaml_default(yaml, "output", output));
    return ek_yaml_check(yaml, &ek_spec_schema); /* makes the defaults of lists lists */
}

/* Takes the document over in any case. */
static ek_status build(struct ek_yaml *yaml, struct ek_spec **spec)
{
    struct ek_text text = {0};
    ek_yaml_write(yaml, &text);
    ek_status status = text.status;
    if (status == EK_OK) status = load_struct(text.bytes, spec);
    if (status != EK_OK) {
        ek_yaml_destroy(&yaml);
        ek_text_clear(&text);
        return status;
    }
    (*spec)->resolved = text.bytes;
    (*spec)->yaml = yaml;
    status = ek_spec_check(*spec);
    if (status == EK_OK) status = compute_hash(*spec);
    if (status != EK_OK) ek_spec_destroy(spec);
    return status;
}

ek_status ek_spec_parse(const ek_file *file, size_t override_count, const char *const *overrides,
                        struct ek_spec **spec)
{
    struct ek_yaml *yaml = NULL;
    struct ek_spec *fresh = NULL;
    ek_status status = ek_yaml_create(file->path, file->bytes, file->length, &yaml);
    for (size_t i = 0; i < override_count && status == EK_OK; i++)
        status = ek_yaml_override(yaml, overrides[i]);
    if (status == EK_OK) status = ek_yaml_check(yaml, &ek_spec_schema);
    if (status == EK_OK) status = add_defaults(yaml);
    if (status != EK_OK) {
        if (yaml) ek_yaml_destroy(&yaml);
        return status;
    }
    EK_TRY(build(yaml, &fresh));
    *spec = fresh;
    return EK_OK;
}
