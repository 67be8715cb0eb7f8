/* The list of problems of a sweep: its files, then what its generators make. */
#include "io/generator.h"
#include "sweep/points.h"

#include <string.h>

struct list {
    struct ek_sweep_problem *items;
    size_t count, capacity;
};

static ek_status append(struct list *list, struct ek_sweep_problem **item)
{
    void *items = list->items;
    EK_TRY(ek_grow(&items, list->count, sizeof *list->items, list->count + 1, &list->capacity));
    list->items = items;
    *item = &list->items[list->count++];
    return EK_OK;
}

/* ---- files ---------------------------------------------------------------------------------- */

/* Files are named relative to the spec. */
static ek_status add_file(const char *spec_path, const char *file, struct list *list)
{
    struct ek_sweep_problem *item;
    struct ek_text path = {0};
    const char *slash = strrchr(spec_path, '/');
    const char *base = strrchr(file, '/');
    EK_TRY(append(list, &item));
    EK_TRY(ek_copy_string(base && !ek_is_generator(file) ? base + 1 : file, &item->name));
    if (*file != '/' && !ek_is_generator(file) && slash)
        ek_text_printf(&path, "%.*s", (int)(slash + 1 - spec_path), spec_path);
    ek_text_printf(&path, "%s", file);
    item->path = path.bytes;
    return path.status;
}

/* ---- generators ---------------------------------------------------------------------------- */

static const char *boundary_suffix(const struct ek_spec_generate *generate)
{
    return generate->boundary == EK_BOUNDARY_PERIODIC ? "-periodic" : "-open";
}

static const char *weights_suffix(const struct ek_spec_generate *generate)
{
    static const char *const suffixes[] = {"", "-signs", "-gaussian"};
    return suffixes[generate->weights];
}

/* "regular-n16-d3-gaussian-s1", "tfim-n8-h0.5-open" */
static void write_name(const struct ek_spec *spec, const struct ek_sweep_problem *item,
                       struct ek_text *text)
{
    const struct ek_spec_generate *generate = item->generate;
    const char *suffix = weights_suffix(generate);
    const unsigned long long seed = item->seed;
    switch (generate->family) {
    case EK_FAMILY_REGULAR:
        ek_text_printf(text, "regular-n%d-d%d%s-s%llu", item->vertices, generate->degree, suffix,
                       seed);
        break;
    case EK_FAMILY_ERDOS_RENYI:
        ek_text_printf(text, "er-n%d-p%g%s-s%llu", item->vertices, generate->probability, suffix,
                       seed);
        break;
    case EK_FAMILY_COMPLETE:
        ek_text_printf(text, "complete-n%d%s-s%llu", item->vertices, suffix, seed);
        break;
    case EK_FAMILY_NAMED:
        ek_text_printf(text, "%s", item->of_name);
        break;
    case EK_FAMILY_LABS:
        ek_text_printf(text, "labs-n%d", item->vertices);
        break;
    case EK_FAMILY_TFIM:
        ek_text_printf(text, "tfim-n%d", item->vertices);
        if (!ek_spec_sweeps(spec, EK_TARGET_FIELD))
            ek_text_printf(text, "-h%g", generate->field);
        ek_text_printf(text, "%s", boundary_suffix(generate));
        break;
    case EK_FAMILY_HEISENBERG:
        ek_text_printf(text, "heisenberg-n%d%s", item->vertices, boundary_suffix(generate));
        break;
    }
}

static ek_status add_generated(const struct ek_spec *spec, const struct ek_sweep_problem *from,
                               struct list *list)
{
    struct ek_sweep_problem *item;
    struct ek_text name = {0};
    EK_TRY(append(list, &item));
    *item = *from;
    write_name(spec, item, &name);
    item->name = name.bytes;
    return name.status;
}

static ek_status add_family(const struct ek_spec *spec, const struct ek_spec_generate *generate,
                            struct list *list)
{
    for (unsigned i = 0; i < generate->names_count; i++) {
        const struct ek_sweep_problem item = {.generate = generate, .of_name = generate->names[i]};
        EK_TRY(add_generated(spec, &item, list));
    }
    for (unsigned i = 0; i < generate->spins_count; i++) {
        const struct ek_sweep_problem item = {.generate = generate,
                                              .vertices = generate->spins[i]};
        EK_TRY(add_generated(spec, &item, list));
    }
    const unsigned seeds = generate->seeds_count > 0 ? generate->seeds_count : 1;
    for (unsigned i = 0; i < generate->vertices_count; i++)
        for (unsigned j = 0; j < seeds; j++) {
            const struct ek_sweep_problem item = {
                .generate = generate,
                .vertices = generate->vertices[i],
                .seed = generate->seeds_count > 0 ? generate->seeds[j] : 0};
            EK_TRY(add_generated(spec, &item, list));
        }
    return EK_OK;
}

ek_status ek_problems_list(const struct ek_spec *spec, const char *spec_path,
                           struct ek_sweep_problem **problems, size_t *count)
{
    struct list list = {0};
    ek_status status = EK_OK;
    for (unsigned i = 0; i < spec->problem.files_count && status == EK_OK; i++)
        status = add_file(spec_path, spec->problem.files[i], &list);
    for (unsigned i = 0; i < spec->problem.generate_count && status == EK_OK; i++)
        status = add_family(spec, &spec->problem.generate[i], &list);
    *problems = list.items; /* also on failure, for ek_problems_clear */
    *count = list.count;
    return status;
}

void ek_problems_clear(size_t count, struct ek_sweep_problem *problems)
{
    for (size_t i = 0; i < count; i++) {
        ek_subject_clear(&problems[i].subject);
        ek_release(problems[i].name);
        ek_release(problems[i].path);
        ek_release(problems[i].reason);
    }
}

/* ---- making them
 * -------------------------------------------------------------------------------- */

static ek_status generate_graph(const struct ek_sweep_problem *item, ek_graph **graph)
{
    const struct ek_spec_generate *generate = item->generate;
    switch (generate->family) {
    case EK_FAMILY_REGULAR:
        return ek_graph_random_regular(item->vertices, generate->degree, generate->weights,
                                       item->seed, graph);
    case EK_FAMILY_ERDOS_RENYI:
        return ek_graph_erdos_renyi(item->vertices, generate->probability, generate->weights,
                                    item->seed, graph);
    case EK_FAMILY_COMPLETE:
        return ek_graph_complete(item->vertices, generate->weights, item->seed, graph);
    default:
        return ek_graph_named(item->of_name, graph);
    }
}

static ek_status generate_chain(const struct ek_sweep_problem *item, double field,
                                ek_hamiltonian **hamiltonian)
{
    const struct ek_spec_generate *generate = item->generate;
    if (generate->family == EK_FAMILY_TFIM)
        return ek_hamiltonian_tfim(item->vertices, field, generate->boundary, hamiltonian);
    return ek_hamiltonian_heisenberg(item->vertices, generate->boundary, hamiltonian);
}

static ek_status generate_problem(const struct ek_sweep_problem *item, ek_problem **problem)
{
    ek_graph *graph = NULL;
    if (item->generate->family == EK_FAMILY_LABS) return ek_problem_labs(item->vertices, problem);
    EK_TRY(generate_graph(item, &graph));
    const ek_status status = ek_problem_maxcut(graph, problem);
    ek_graph_destroy(&graph);
    return status;
}

/* What the parameters of a point may say about its problem. */
struct changes {
    double risk_aversion, field;
    int budget;
};

static ek_status load_problem(ek_session *session, const struct ek_spec *spec, const char *path,
                              const struct changes *changes, ek_problem **problem)
{
    const ek_problem_source source = {.kind = ek_spec_kind_name(spec->problem.kind),
                                      .path = path,
                                      .format = spec->problem.format,
                                      .risk_aversion = changes->risk_aversion,
                                      .budget = changes->budget};
    return ek_problem_load(session, &source, problem);
}

static ek_status make_problem(ek_session *session, const struct ek_spec *spec,
                              const struct ek_sweep_problem *item, const struct changes *changes,
                              ek_problem **problem)
{
    EK_TRY(item->path ? load_problem(session, spec, item->path, changes, problem)
                      : ek_session_agree(session, generate_problem(item, problem)));
    return ek_problem_set_name(*problem, item->name);
}

static ek_status make_hamiltonian(ek_session *session, const struct ek_sweep_problem *item,
                                  const struct changes *changes, ek_hamiltonian **hamiltonian)
{
    EK_TRY(item->path ? ek_hamiltonian_load(session, item->path, hamiltonian)
                      : ek_session_agree(session,
                                         generate_chain(item, changes->field, hamiltonian)));
    return ek_hamiltonian_set_name(*hamiltonian, item->name);
}

static ek_status make_subject(ek_session *session, const struct ek_spec *spec,
                              const struct ek_sweep_problem *item, const struct changes *changes,
                              struct ek_subject *subject)
{
    struct ek_subject fresh = {0};
    ek_status status = spec->problem.kind == EK_KIND_HAMILTONIAN
                           ? make_hamiltonian(session, item, changes, &fresh.hamiltonian)
                           : make_problem(session, spec, item, changes, &fresh.problem);
    status = ek_session_agree(session, status);
    if (status == EK_OK) *subject = fresh;
    else ek_subject_clear(&fresh);
    return status;
}

void ek_subject_clear(struct ek_subject *subject)
{
    ek_problem_destroy(&subject->problem);
    ek_hamiltonian_destroy(&subject->hamiltonian);
}

static uint64_t hash_problem(const ek_problem_facts *facts)
{
    const int64_t numbers[] = {facts->qubits, facts->maximize, facts->weight,
                               (int64_t)facts->term_count};
    uint64_t hash = ek_hash_bytes(EK_HASH_START, numbers, sizeof numbers);
    for (size_t i = 0; i < facts->term_count; i++) {
        hash = ek_hash_bytes(hash, &facts->terms[i].mask, sizeof facts->terms[i].mask);
        hash =
            ek_hash_bytes(hash, &facts->terms[i].coefficient, sizeof facts->terms[i].coefficient);
    }
    return hash;
}

static uint64_t hash_hamiltonian(const ek_hamiltonian_facts *facts)
{
    const int64_t numbers[] = {facts->qubits, (int64_t)facts->term_count};
    const uint64_t hash = ek_hash_bytes(EK_HASH_START, numbers, sizeof numbers);
    return ek_hash_bytes(hash, facts->terms, facts->term_count * sizeof *facts->terms);
}

/* What is worth knowing of a subject beside it. */
static void describe(struct ek_sweep_problem *item)
{
    if (item->subject.problem) {
        ek_problem_facts facts;
        ek_problem_get(item->subject.problem, &facts);
        item->qubits = facts.qubits;
        item->hash = hash_problem(&facts);
    } else {
        ek_hamiltonian_facts facts;
        ek_hamiltonian_get(item->subject.hamiltonian, &facts);
        item->qubits = facts.qubits;
        item->hash = hash_hamiltonian(&facts);
    }
}

/* Keeps why a problem cannot be had. */
static ek_status load_item(ek_session *session, const struct ek_spec *spec,
                           struct ek_sweep_problem *item)
{
    const struct changes none = {.risk_aversion = spec->problem.risk_aversion,
                                 .budget = spec->problem.budget,
                                 .field = item->generate ? item->generate->field : 0};
    item->status = make_subject(session, spec, item, &none, &item->subject);
    if (item->status != EK_OK) return ek_copy_string(ek_last_message(), &item->reason);
    describe(item);
    return EK_OK;
}

ek_status ek_points_load(ek_session *session, struct ek_points *points)
{
    for (size_t i = 0; i < points->problem_count; i++)
        EK_TRY(ek_session_agree(session, load_item(session, points->spec, &points->problems[i])));
    return EK_OK;
}

ek_status ek_point_load(ek_session *session, const struct ek_points *points,
                        const struct ek_point *point, struct ek_subject *subject)
{
    const struct changes changes = {.risk_aversion = point->risk_aversion,
                                    .budget = point->budget, .field = point->field};
    return make_subject(session, points->spec, point->problem, &changes, subject);
}
