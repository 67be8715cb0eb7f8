/* include: the built-in files, and others beside the one that includes them. */
#include "io/qasm_resolve.h"

#include <string.h>

/* The name as it stands in the statement, null-terminated, in memory of the statement. */
static char *copy_name(struct ek_qasm *qasm, struct qasm_string string)
{
    char *name = ek_qasm_arena_take(&qasm->scratch, (size_t)string.length + 1);
    if (name) memcpy(name, string.text, string.length);
    return name;
}

/* In the folder of the file that includes it, unless it begins at the root. */
static char *join_path(struct ek_qasm *qasm, const char *includer, const char *name)
{
    const char *slash = strrchr(includer, '/');
    const size_t folder = slash && name[0] != '/' ? (size_t)(slash - includer) + 1 : 0;
    char *path = ek_qasm_arena_take(&qasm->scratch, folder + strlen(name) + 1);
    if (!path) return NULL;
    memcpy(path, includer, folder);
    memcpy(path + folder, name, strlen(name));
    return path;
}

static ek_status check_cycle(struct ek_qasm *qasm, struct qasm_place place, const char *path)
{
    for (int i = 0; i < qasm->lexer.depth; i++)
        if (strcmp(qasm->sources.list[qasm->lexer.open[i]->file].path, path) == 0)
            return FAIL_AT(qasm, place, "the file includes itself: %s", path);
    if (qasm->lexer.depth == QASM_INCLUDES_MAX)
        return FAIL_AT(qasm, place, "files within files, over %d deep", QASM_INCLUDES_MAX);
    if (qasm->sources.count >= QASM_FILES_MAX)
        return FAIL_AT(qasm, place, "more than %d files", QASM_FILES_MAX);
    return EK_OK;
}

static ek_status open_file(struct ek_qasm *qasm, struct qasm_place place, const char *path)
{
    ek_file file = {0};
    ek_status status = ek_file_read_alone(path, &file);
    if (status == EK_ERROR_FILE) {
        struct ek_failure failure;
        ek_failure_get(&failure);
        return FAIL_AT(qasm, place, "%s", failure.message);
    }
    EK_TRY(status);
    status = ek_qasm_source_add(&qasm->sources, path, file.bytes, file.length, file.bytes, place);
    if (status == EK_OK) file.bytes = NULL; /* the sources have it now */
    ek_file_clear(&file);
    EK_TRY(status);
    return ek_qasm_open(qasm, (int)qasm->sources.count - 1);
}

ek_status ek_qasm_include(struct ek_qasm *qasm, const struct qasm_statement *what)
{
    const char *name = copy_name(qasm, what->string);
    if (!name) return EK_ERROR_MEMORY;
    if (strlen(name) != what->string.length || !*name)
        return FAIL_AT(qasm, what->place, "expected the name of a file");
    if (strcmp(name, "qelib1.inc") == 0 || strcmp(name, "stdgates.inc") == 0) {
        qasm->has_gates = true;
        return EK_OK;
    }
    if (qasm->options.no_files) return FAIL_AT(qasm, what->place, "files cannot be included here");
    const char *path = join_path(qasm, qasm->sources.list[what->place.file].path, name);
    if (!path) return EK_ERROR_MEMORY;
    EK_TRY(check_cycle(qasm, what->place, path));
    return open_file(qasm, what->place, path);
}
