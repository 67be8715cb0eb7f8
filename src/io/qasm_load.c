/* From text to program, on one rank and for all. */
#include "comm/comm.h"
#include "io/qasm_grammar.h"
#include "io/qasm_resolve.h"

#include <locale.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------- */

static void clear(struct ek_qasm *qasm)
{
    ek_qasm_close_all(qasm);
    ek_qasm_sources_clear(&qasm->sources);
    ek_qasm_names_clear(&qasm->names);
    ek_qasm_arena_clear(&qasm->scratch);
    ek_qasm_arena_clear(&qasm->keep);
    ek_dynamic_destroy(&qasm->program);
    ek_release(qasm->library);
    ek_release(qasm->ends);
    ek_release(qasm->node_slots);
    ek_release(qasm->qubit_of);
}

/* Reads a text from its beginning to its end. */
static ek_status read_text(struct ek_qasm *qasm, const char *name, const char *text, size_t length)
{
    const struct qasm_place nobody = {-1, 0};
    qasm->lexer.last = 0;
    EK_TRY(ek_qasm_source_add(&qasm->sources, name, text, length, NULL, nobody));
    const struct qasm_place start = {(int32_t)qasm->sources.count - 1, 0};
    qasm->lexer.last_end = qasm->lexer.before_end = start;
    EK_TRY(ek_qasm_open(qasm, start.file));
    const int outcome = ek_qasm_grammar_parse(qasm);
    if (outcome != 0 && qasm->status == EK_OK)
        qasm->status = FAIL_AT(qasm, qasm->lexer.last_end, "nested too deeply");
    ek_qasm_close_all(qasm);
    return qasm->status;
}

static ek_status read_library(struct ek_qasm *qasm)
{
    qasm->reads_library = true;
    qasm->lexer.version = 3;
    EK_TRY(
        read_text(qasm, "(built-in gates)", ek_qasm_library_text, strlen(ek_qasm_library_text)));
    qasm->reads_library = false;
    qasm->lexer.version = 2;
    qasm->sources.knows_header = qasm->sources.has_header = false;
    qasm->steps = 0;
    return EK_OK;
}

static ek_status begin(struct ek_qasm *qasm)
{
    qasm->scope = &qasm->global;
    qasm->merge_at = -1;
    for (int q = 0; q < EK_QUBITS_MAX; q++) qasm->declared_of[q] = -1;
    EK_TRY(ek_dynamic_create(&qasm->program));
    qasm->circuit = qasm->program->circuit;
    EK_TRY(ek_qasm_add_keywords(qasm));
    EK_TRY(ek_qasm_library_begin(qasm));
    return read_library(qasm);
}

static ek_status read_program(struct ek_qasm *qasm, const char *name, const char *text,
                              size_t length)
{
    if (length > (size_t)1 << 30)
        return EK_FAIL(EK_ERROR_FILE, "%s is longer than 1 GiB, the most that is read", name);
    EK_TRY(begin(qasm));
    EK_TRY(read_text(qasm, name, text, length));
    return ek_qasm_finish(qasm);
}

ek_status ek_qasm_parse_with(const struct qasm_options *options, const char *name,
                             const char *text, size_t length, ek_dynamic **program)
{
    struct ek_qasm *qasm = NULL;
    EK_TRY(EK_NEW(qasm, 1));
    qasm->options = *options;
    /* The host program may have set a locale that writes 1,5 for 1.5. */
    const locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = c ? uselocale(c) : (locale_t)0;
    const ek_status status = read_program(qasm, name, text, length);
    if (c) {
        uselocale(before);
        freelocale(c);
    }
    if (status == EK_OK) {
        *program = qasm->program;
        qasm->program = NULL;
    }
    clear(qasm);
    ek_release(qasm);
    return status;
}

ek_status ek_qasm_parse(const char *name, const char *text, size_t length, ek_dynamic **program)
{
    const struct qasm_options defaults = {0};
    return ek_qasm_parse_with(&defaults, name, text, length, program);
}

/* ---- for all ranks ------------------------------------------------------------------------- */

static ek_status load_here(const char *path, ek_dynamic **program, char **bytes, size_t *length,
                           bool pack)
{
    ek_file file = {0};
    EK_TRY(ek_file_read_alone(path, &file));
    const ek_status status = ek_qasm_parse(path, file.bytes, file.length, program);
    ek_file_clear(&file);
    EK_TRY(status);
    return pack ? ek_dynamic_pack(*program, bytes, length) : EK_OK;
}

/* Gives the packed program of rank 0 to the others, which unpack it. */
static ek_status share(ek_session *session, char **bytes, size_t length, ek_dynamic **program)
{
    const bool leads = ek_session_rank(session) == 0;
    ek_status status = EK_OK;
    uint64_t count = length;
    ek_broadcast(session, &count, sizeof count, 0);
    if (!leads) status = EK_NEW_RAW(*bytes, count);
    EK_TRY(ek_session_agree(session, status));
    ek_broadcast(session, *bytes, count, 0);
    if (!leads) status = ek_dynamic_unpack(*bytes, count, program);
    return ek_session_agree(session, status);
}

ek_status ek_qasm_load(ek_session *session, const char *path, ek_dynamic **program)
{
    ek_dynamic *fresh = NULL;
    char *bytes = NULL;
    size_t length = 0;
    ek_status status = EK_OK;
    const bool alone = ek_session_size(session) == 1;
    if (ek_session_rank(session) == 0) status = load_here(path, &fresh, &bytes, &length, !alone);
    status = ek_session_agree(session, status);
    if (status == EK_OK && !alone) status = share(session, &bytes, length, &fresh);
    ek_dynamic_bytes_free(&bytes);
    if (status == EK_OK)
        *program = fresh;
    else
        ek_dynamic_destroy(&fresh);
    return status;
}
