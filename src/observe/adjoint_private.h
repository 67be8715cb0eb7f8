/* Shared by the files of the adjoint only. */
#ifndef EK_OBSERVE_ADJOINT_PRIVATE_H
#define EK_OBSERVE_ADJOINT_PRIVATE_H

#include "observe/adjoint.h"

/* Im <lambda|P|psi> on a tile, where the operation's controls hold. */
struct adjoint_probe {
    uint32_t x, z; /* in the tile or part that the operation runs on */
    uint64_t outer_z;
    int turns; /* P = i^turns (-1)^(z) on the basis states */
};

/* What is done in one trip through a pair of tiles: an operation; one or two rotations; or a run
 * of phases, probed first, whose product is a table that all tiles share. */
enum adjoint_act_kind { ADJOINT_ONE, ADJOINT_TURNS, ADJOINT_PHASES };
struct adjoint_act {
    enum adjoint_act_kind kind;
    size_t first, count; /* tile operations */
    int table;           /* PHASES: one of the pass's */
};
enum { ADJOINT_TABLES_MOST = 8 };

struct ek_adjoint {
    ek_program *program; /* of the inverse circuit */
    size_t *first_probe; /* per tile operation, and one more */
    double *taken; /* of the pass that runs: before each operation, and at its end, what the
                    * amplitudes in tiles are to be multiplied by */
    struct adjoint_probe *probes;
    double *sums;    /* per probe */
    double *partial; /* per segment of tiles x the most probes of a pass */
    struct ek_workspace *seconds; /* lambda's tile and part; one per thread */
    size_t *first_act;            /* per block, and one more */
    struct adjoint_act *acts;
    int table_count;
    struct ek_tile tables[ADJOINT_TABLES_MOST];
};

/* The same place of both states. */
struct adjoint_pair {
    struct ek_place lambda, psi;
    struct ek_workspace *work;
    double *sums;       /* of the pass's probes */
    size_t first_probe; /* of the pass */
};

/* Groups the operations of all blocks. Local. */
ek_status ek_adjoint_make_acts(struct ek_adjoint *adjoint);
void ek_adjoint_clear_acts(struct ek_adjoint *adjoint);
/* Fills the pass's tables from the bound values. Local. */
void ek_adjoint_fill_tables(struct ek_adjoint *adjoint, const struct ek_pass *pass);
/* Takes the cosines out of the pass's turns, which then are a multiply-add less. Local. */
void ek_adjoint_take_cosines(struct ek_adjoint *adjoint, const struct ek_pass *pass);
/* Probes and applies the operations of a block. Local. */
void ek_adjoint_run_block(const struct ek_adjoint *adjoint, size_t block,
                          const struct adjoint_pair *pair);

#endif
