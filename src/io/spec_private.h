/* Inside io only: a YAML document that remembers where each node came from, so that whatever is
 * found wrong with it later can be pointed at. libyaml reads it, libcyaml's schema says what is
 * allowed. */
#ifndef EK_IO_SPEC_PRIVATE_H
#define EK_IO_SPEC_PRIVATE_H

#include "base/base.h"
#include "io/spec.h"

#include <cyaml/cyaml.h>
#include <yaml.h>

/* Nodes have numbers from 1, as libyaml counts them; 0 stands for none. */
struct ek_yaml {
    yaml_document_t document;
    char *path;
    size_t override_count;
    char **overrides;
    int *last_node;   /* the highest node before override i was applied; its own nodes follow */
    int loaded_nodes; /* the highest node of the file */
    int override_end; /* the highest node of the overrides; defaults follow */
};

/* Parses one document whose root is a mapping. */
ek_status ek_yaml_create(const char *path, const char *bytes, size_t length,
                         struct ek_yaml **yaml);
void ek_yaml_destroy(struct ek_yaml **yaml);

/* Applies "a.b.0.c=value": the value is YAML; missing mappings on the way are made. */
ek_status ek_yaml_override(struct ek_yaml *yaml, const char *override);
/* Sets the scalar at the path if nothing is there yet. */
ek_status ek_yaml_default(struct ek_yaml *yaml, const char *path, const char *value);

/* The node at a path such as "sweep.parameters.0.name", 0 when there is none. The empty path is
 * the root. */
int ek_yaml_find(const struct ek_yaml *yaml, const char *path);
/* Entries of the sequence at a path; 0 for anything else. */
size_t ek_yaml_length(const struct ek_yaml *yaml, const char *path);

/* False for defaults. */
bool ek_yaml_is_written(const struct ek_yaml *yaml, int node);

/* EK_ERROR_PARSE with "file:line:column: ..." of the node, or EK_ERROR_ARGUMENT with "--set ..."
 * when an override put it there. */
__attribute__((format(printf, 3, 4))) ek_status ek_yaml_fail(const struct ek_yaml *yaml, int node,
                                                             const char *format, ...);

/* Compares the document with a schema: unknown, repeated and missing keys, types, ranges of
 * types, names of enumerations, empty lists. libcyaml itself accepts "3.5" for 3 and "-1" for
 * 2^64-1, and does not say where an unknown key stands. A single value where a list is
 * due becomes a list of one. */
ek_status ek_yaml_check(struct ek_yaml *yaml, const cyaml_schema_value_t *schema);

/* The document as text, in block style, without comments. */
void ek_yaml_write(const struct ek_yaml *yaml, struct ek_text *text);

/* The schema of a spec: a pointer to struct ek_spec. */
extern const cyaml_schema_value_t ek_spec_schema;
/* Defaults: pairs of path and value, null behind the last; then those of an algorithm, and of the
 * entry's family in problem.generate, whose keys are short. */
extern const char *const ek_spec_defaults[][2];
const char *const (*ek_spec_algorithm_defaults(const char *algorithm))[2];
const char *const (*ek_spec_family_defaults(const char *family))[2];

/* "problem.files.%d" and the like, for the keys of list entries. `out` has at least 128 bytes. */
__attribute__((format(printf, 2, 3))) const char *ek_spec_key(char *out, const char *format, ...);

/* Checks what a schema cannot say: ranges, and what belongs together. Fills what is not in the
 * file. */
ek_status ek_spec_check(struct ek_spec *spec);
ek_status ek_spec_check_parameters(struct ek_spec *spec);
bool ek_spec_has(const struct ek_spec *spec, const char *key);

#endif
