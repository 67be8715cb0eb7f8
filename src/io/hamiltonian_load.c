#include "io/generator.h"

#include <string.h>

static ek_status read_boundary(const struct ek_generator *generator, struct ek_token word,
                               ek_boundary *boundary)
{
    *boundary = ek_token_is(word, "periodic") ? EK_BOUNDARY_PERIODIC : EK_BOUNDARY_OPEN;
    if (*boundary == EK_BOUNDARY_PERIODIC || ek_token_is(word, "open")) return EK_OK;
    return ek_generator_fail(generator, word, "open or periodic");
}

static ek_status make_tfim(const struct ek_generator *generator, const struct ek_token *words,
                           void *made)
{
    int spins = 0;
    double field = 0;
    ek_boundary boundary = EK_BOUNDARY_OPEN;
    EK_TRY(ek_generator_count(generator, words[0], &spins));
    if (!ek_token_number(words[1], &field))
        return ek_generator_fail(generator, words[1], "a number, the field");
    EK_TRY(read_boundary(generator, words[2], &boundary));
    return ek_hamiltonian_tfim(spins, field, boundary, made);
}

static ek_status make_heisenberg(const struct ek_generator *generator,
                                 const struct ek_token *words, void *made)
{
    int spins = 0;
    ek_boundary boundary = EK_BOUNDARY_OPEN;
    EK_TRY(ek_generator_count(generator, words[0], &spins));
    EK_TRY(read_boundary(generator, words[1], &boundary));
    return ek_hamiltonian_heisenberg(spins, boundary, made);
}

static const struct ek_generator generators[] = {
    {"tfim", "tfim:SPINS:FIELD:open|periodic", 3, make_tfim},
    {"heisenberg", "heisenberg:SPINS:open|periodic", 2, make_heisenberg},
};

static ek_status check_path(const char *path)
{
    if (path && *path) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "no Hamiltonian given: name a file of lines \"coefficient "
                   "letters\", or a generator such as tfim:8:1.0:open");
}

static ek_status load_file(ek_session *session, const char *path, ek_hamiltonian **hamiltonian)
{
    ek_file file = {0};
    EK_TRY(ek_file_read(session, path, &file));
    const ek_status status = ek_hamiltonian_parse(&file, hamiltonian);
    ek_file_clear(&file);
    return status;
}

static ek_status generate(const char *path, ek_hamiltonian **hamiltonian)
{
    return ek_generate(path, sizeof generators / sizeof *generators, generators, "", hamiltonian);
}

static ek_status name_after(const char *path, ek_hamiltonian *hamiltonian)
{
    const char *slash = ek_is_generator(path) ? NULL : strrchr(path, '/');
    return ek_hamiltonian_set_name(hamiltonian, slash ? slash + 1 : path);
}

ek_status ek_hamiltonian_load(ek_session *session, const char *path, ek_hamiltonian **hamiltonian)
{
    ek_hamiltonian *fresh = NULL;
    EK_TRY(ek_session_agree(session, check_path(path)));
    ek_status status =
        ek_is_generator(path) ? generate(path, &fresh) : load_file(session, path, &fresh);
    if (status == EK_OK) status = name_after(path, fresh);
    status = ek_session_agree(session, status);
    if (status == EK_OK) *hamiltonian = fresh;
    else ek_hamiltonian_destroy(&fresh);
    return status;
}
