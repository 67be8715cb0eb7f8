#include "io/generator.h"
#include "problem/problem.h"

#include <string.h>

/* ---- generators ---------------------------------------------------------------------------- */

static ek_status read_seed(const struct ek_generator *generator, struct ek_token word,
                           uint64_t *seed)
{
    long value;
    if (!ek_token_integer(word, &value) || value < 0)
        return ek_generator_fail(generator, word, "a seed from 0 to 2^63 - 1");
    *seed = (uint64_t)value;
    return EK_OK;
}

static ek_status read_weights(const struct ek_generator *generator, struct ek_token word,
                              ek_weights *weights)
{
    static const char *const names[] = {"one", "signs", "gaussian"};
    for (int i = 0; i < 3; i++)
        if (ek_token_is(word, names[i])) {
            *weights = (ek_weights)i;
            return EK_OK;
        }
    return ek_generator_fail(generator, word, "one, signs or gaussian");
}

static ek_status make_named(const struct ek_generator *generator, const struct ek_token *words,
                            void *made)
{
    (void)generator;
    return ek_graph_named(words[0].text, made); /* the last word ends with the string */
}

static ek_status make_regular(const struct ek_generator *generator, const struct ek_token *words,
                              void *made)
{
    int vertices = 0, degree = 0;
    uint64_t seed = 0;
    EK_TRY(ek_generator_count(generator, words[0], &vertices));
    EK_TRY(ek_generator_count(generator, words[1], &degree));
    EK_TRY(read_seed(generator, words[2], &seed));
    return ek_graph_random_regular(vertices, degree, EK_WEIGHTS_ONE, seed, made);
}

static ek_status make_erdos_renyi(const struct ek_generator *generator,
                                  const struct ek_token *words, void *made)
{
    int vertices = 0;
    double probability = 0;
    uint64_t seed = 0;
    EK_TRY(ek_generator_count(generator, words[0], &vertices));
    if (!ek_token_number(words[1], &probability))
        return ek_generator_fail(generator, words[1], "a probability");
    EK_TRY(read_seed(generator, words[2], &seed));
    return ek_graph_erdos_renyi(vertices, probability, EK_WEIGHTS_ONE, seed, made);
}

static ek_status make_complete(const struct ek_generator *generator, const struct ek_token *words,
                               void *made)
{
    int vertices = 0;
    ek_weights weights = EK_WEIGHTS_ONE;
    uint64_t seed = 0;
    EK_TRY(ek_generator_count(generator, words[0], &vertices));
    EK_TRY(read_weights(generator, words[1], &weights));
    EK_TRY(read_seed(generator, words[2], &seed));
    return ek_graph_complete(vertices, weights, seed, made);
}

static const struct ek_generator generators[] = {
    {"named", "named:NAME", 1, make_named},
    {"regular", "regular:VERTICES:DEGREE:SEED", 3, make_regular},
    {"er", "er:VERTICES:PROBABILITY:SEED", 3, make_erdos_renyi},
    {"complete", "complete:VERTICES:one|signs|gaussian:SEED", 3, make_complete},
};

static ek_status generate_graph(const char *path, ek_graph **graph)
{
    return ek_generate(path, sizeof generators / sizeof *generators, generators, ", labs:LENGTH",
                       graph);
}

static ek_status generate_maxcut(const char *path, ek_problem **problem)
{
    ek_graph *graph = NULL;
    EK_TRY(generate_graph(path, &graph));
    const ek_status status = ek_problem_maxcut(graph, problem);
    ek_graph_destroy(&graph);
    return status;
}

/* "labs:12", or "12" where the kind is given. */
static ek_status generate_labs(const char *path, ek_problem **problem)
{
    const char *length = ek_is_generator_of(path, "labs") ? path + strlen("labs:") : path;
    long value;
    if (!ek_token_integer((struct ek_token){length, strlen(length)}, &value))
        return EK_FAIL(EK_ERROR_ARGUMENT,
                       "expected the length of a sequence, such as labs:12, found '%s'", path);
    EK_TRY(ek_check_qubits("elements in the sequence", value));
    return ek_problem_labs((int)value, problem);
}

/* ---- files --------------------------------------------------------------------------------- */

static ek_status parse_maxcut(const ek_file *file, const ek_problem_source *source,
                              ek_problem **problem)
{
    ek_graph *graph = NULL;
    if (!source->kind && ek_file_is_qubo(file)) {
        EK_TRY(ek_refuse_vertices(source->vertices, file->path, "qubo"));
        return ek_qubo_parse(file, problem);
    }
    EK_TRY(ek_graph_parse(file, source->format, source->vertices, &graph));
    const ek_status status = ek_scan_blame_file(file, ek_problem_maxcut(graph, problem));
    ek_graph_destroy(&graph);
    return status;
}

static ek_status parse_qubo(const ek_file *file, const ek_problem_source *source,
                            ek_problem **problem)
{
    (void)source;
    return ek_qubo_parse(file, problem);
}

static ek_status parse_ising(const ek_file *file, const ek_problem_source *source,
                             ek_problem **problem)
{
    (void)source;
    return ek_ising_parse(file, problem);
}

static ek_status parse_partition(const ek_file *file, const ek_problem_source *source,
                                 ek_problem **problem)
{
    (void)source;
    return ek_partition_parse(file, problem);
}

static ek_status parse_portfolio(const ek_file *file, const ek_problem_source *source,
                                 ek_problem **problem)
{
    const double risk_aversion = source->risk_aversion == 0 ? 0.5 : source->risk_aversion;
    return ek_portfolio_parse(file, risk_aversion, source->budget, problem);
}

/* ---- kinds --------------------------------------------------------------------------------- */

/* What a kind can be made from; null where it cannot. */
static const struct kind {
    const char *name;
    ek_status (*generate)(const char *path, ek_problem **problem);
    ek_status (*parse)(const ek_file *file, const ek_problem_source *source, ek_problem **problem);
} kinds[] = {
    {"maxcut", generate_maxcut, parse_maxcut},
    {"qubo", NULL, parse_qubo},
    {"ising", NULL, parse_ising},
    {"partition", NULL, parse_partition},
    {"labs", generate_labs, NULL},
    {"portfolio", NULL, parse_portfolio},
};

static ek_status find_kind(const ek_problem_source *source, const struct kind **kind)
{
    if (!source->path || !*source->path)
        return EK_FAIL(EK_ERROR_ARGUMENT, "no problem given: name a file or a generator such as "
                                          "named:petersen");
    const char *name = source->kind                       ? source->kind
                       : ek_is_generator_of(source->path, "labs") ? "labs"
                                                          : "maxcut";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = &kinds[i];
            return EK_OK;
        }
    return EK_FAIL(
        EK_ERROR_ARGUMENT,
        "no kind of problem is called '%s'; there are maxcut, qubo, ising, partition, labs, "
        "portfolio",
        name);
}

static ek_status name_after_file(const char *path, ek_problem *problem)
{
    const char *slash = strrchr(path, '/');
    return ek_problem_set_name(problem, slash ? slash + 1 : path);
}

static ek_status load_file(ek_session *session, const struct kind *kind,
                           const ek_problem_source *source, ek_problem **problem)
{
    ek_file file = {0};
    if (kind->parse != parse_maxcut) /* which may find an edge list */
        EK_TRY(ek_refuse_vertices(source->vertices, source->path, kind->name));
    EK_TRY(ek_file_read(session, source->path, &file));
    ek_status status = kind->parse(&file, source, problem);
    if (status == EK_OK) status = name_after_file(source->path, *problem);
    ek_file_clear(&file);
    return status;
}

static ek_status generate(const struct kind *kind, const ek_problem_source *source,
                          ek_problem **problem)
{
    const char *path = source->path;
    char name[128];
    if (!kind->generate)
        return EK_FAIL(EK_ERROR_ARGUMENT, "'%s' cannot be generated as %s, only read from a file",
                       path, kind->name);
    if (source->vertices != 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "'%s' says itself how large it is: leave out the number "
                       "of vertices, %d, which is for edge lists", path, source->vertices);
    EK_TRY(kind->generate(path, problem));
    if (ek_is_generator(path)) return ek_problem_set_name(*problem, path);
    snprintf(name, sizeof name, "%s:%s", kind->name, path);
    return ek_problem_set_name(*problem, name);
}

ek_status ek_problem_load(ek_session *session, const ek_problem_source *source,
                          ek_problem **problem)
{
    const struct kind *kind = NULL;
    ek_problem *fresh = NULL;
    EK_TRY(ek_session_agree(session, find_kind(source, &kind)));
    const bool from_file = kind->parse && !ek_is_generator(source->path);
    const ek_status mine = from_file ? load_file(session, kind, source, &fresh)
                                     : generate(kind, source, &fresh);
    const ek_status status = ek_session_agree(session, mine);
    if (status == EK_OK)
        *problem = fresh;
    else
        ek_problem_destroy(&fresh);
    return status;
}
