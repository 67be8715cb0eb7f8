/* circuit: parameterised circuits as data. Owns the gate table, operations in normal form,
 * diagonal functions, and the numbers that an operation becomes when its parameters are known. May
 * include base. Everything here is local. */
#ifndef EK_CIRCUIT_ROOM_H
#define EK_CIRCUIT_ROOM_H

#include "base/base.h"

#include <exaket/circuit.h>

enum {
    EK_DENSE_MAX = 6,  /* most qubits of a dense unitary */
    EK_TABLE_MAX = 16, /* most qubits of a diagonal gate */
    EK_ANGLES_MAX = 4
};

/* The normal form: the rest of the system knows nothing else. "Resident" qubits must be local
 * together; on the others an operation is diagonal. */
enum ek_op_kind {
    EK_OP_DENSE,    /* matrix on the targets (all resident) */
    EK_OP_TABLE,    /* 2^k phases on k targets; k = 0: one phase on the controls */
    EK_OP_PARITY,   /* exp(-i angle/2 Z...Z) on z_mask */
    EK_OP_PAULI,    /* exp(-i angle/2 P), x_mask not empty and resident */
    EK_OP_DIAGONAL, /* exp(-i angle f), f over the whole register */
    EK_OP_GROVER,   /* exp(-i angle |s><s|): needs a sum over the whole register */
    EK_OP_FLIP,     /* X without controls: a change of layout */
    EK_OP_SWAP,     /* SWAP without controls: a change of layout */
    EK_OP_FOURIER,  /* Fourier transform; see ek_fourier_expand */
    EK_OP_PERMUTE   /* |x> -> |f(x)> on the targets (all resident); values: (f(x), 0) */
};

struct ek_op {
    uint8_t kind, gate; /* gate: EK_GATE_COUNT when it has no name */
    uint8_t target_count, angle_count;
    uint8_t target[EK_TABLE_MAX];
    uint64_t control_mask, control_value;
    uint64_t x_mask, z_mask; /* PARITY, PAULI; FOURIER: z_mask, the block but the targets */
    uint64_t x_like, z_like; /* qubits on which a dense matrix commutes with X, or with Z */
    size_t angles;           /* first of angle_count entries of the circuit's angles */
    size_t values;           /* given matrix or phases: first entry of the circuit's values */
    int diagonal;            /* DIAGONAL: which of the circuit's functions */
    int weight;              /* GROVER */
    uint8_t first, count;    /* FOURIER: the block of qubits */
    bool inverse;            /* FOURIER */
};

struct ek_circuit {
    int qubits;
    size_t op_count, op_capacity;
    struct ek_op *ops;
    size_t angle_count, angle_capacity;
    ek_angle *angles;
    size_t value_count, value_capacity;
    ek_complex *values;
    size_t diagonal_count, diagonal_capacity;
    ek_diagonal **diagonals;
    size_t parameter_count, parameter_capacity;
    char **parameters;
};

/* The numbers of an operation; null in a circuit without any. */
static inline const ek_complex *ek_op_own_values(const ek_circuit *circuit,
                                                 const struct ek_op *op)
{
    return circuit->values ? circuit->values + op->values : NULL;
}

/* Appends an operation with the circuit's copies of its angles and values. */
ek_status ek_circuit_append(ek_circuit *circuit, struct ek_op op, const ek_angle *angles,
                            const ek_complex *values);

/* Room for so many more. */
ek_status ek_circuit_reserve(ek_circuit *circuit, size_t ops, size_t angles);

/* As ek_circuit_parameter, for a name that the caller knows to be new: no search. */
ek_status ek_circuit_new_parameter(ek_circuit *circuit, const char *name, int *parameter);

/* A copy that shares nothing with the original but the diagonal functions. */
ek_status ek_circuit_copy(const ek_circuit *circuit, ek_circuit **copy);

/* The inverse of the operations from number `first` on: a circuit with the same parameters, which
 * an operation of the inverse takes with the opposite sign. */
ek_status ek_circuit_inverse(const ek_circuit *circuit, size_t first, ek_circuit **inverse);

/* The matrix, row-major, of a circuit on up to EK_DENSE_MAX qubits whose angles are all plain
 * numbers, without operations of whole registers. */
void ek_circuit_matrix(const ek_circuit *circuit, ek_complex *matrix);

/* One operation, of those in such a circuit, with its values on a column of `size` numbers. */
void ek_op_multiply(const struct ek_op *op, const ek_complex *values, size_t size,
                    ek_complex *column);

/* Digest of everything that a run depends on but the parameters' values. */
uint64_t ek_circuit_digest(const ek_circuit *circuit);

/* ---- gate table ----------------------------------------------------------------------------- */

struct ek_gate_info {
    const char *name;
    uint8_t controls, targets, angles;
    uint8_t kind;  /* enum ek_op_kind without extra controls */
    char pauli[3]; /* PARITY, PAULI: letter per target */
};
const struct ek_gate_info *ek_gate_info_get(ek_gate gate);
/* Matrix of a DENSE gate on its targets, row-major; FLIP and SWAP too. */
void ek_gate_matrix(ek_gate gate, const double *angles, ek_complex *matrix);
/* The phase of |1> of a TABLE gate (Z, S, T, P and their controlled forms). */
ek_complex ek_gate_phase(ek_gate gate, const double *angles);

/* ---- questions to an operation -------------------------------------------------------------- */

uint64_t ek_op_targets(const struct ek_op *op);  /* mask of the listed targets */
uint64_t ek_op_touched(const struct ek_op *op, int qubits);
uint64_t ek_op_resident(const struct ek_op *op);
/* True for a PAULI that mixes more qubits than a matrix may. */
bool ek_op_wide(const struct ek_op *op);
/* True for what needs a pass of its own: GROVER, FOURIER, PERMUTE, wide PAULI. */
bool ek_op_alone(const struct ek_op *op);

/* Numbers that the operation needs at run time, and how many:
 * DENSE 4^k entries; TABLE 2^k phases; PARITY e^{-ia/2}, e^{+ia/2}; PAULI (cos a/2, sin a/2);
 * DIAGONAL (a, 0); GROVER e^{-ia} - 1. */
size_t ek_op_value_count(const struct ek_op *op);
void ek_op_values(const ek_circuit *circuit, const struct ek_op *op, const double *parameters,
                  ek_complex *values);

/* angle[j] of the operation under the parameters. */
double ek_angle_value(const ek_angle *angle, const double *parameters);

/* ---- derivatives ---------------------------------------------------------------------------- */

/* For an operation V(b) with angles b, i V' d/db_j V = sum_k weights[j][k] P_k where its controls
 * hold. DIAGONAL and GROVER have one P of their own: f, and |s><s|. */
enum { EK_GENERATORS_MAX = 4 };
struct ek_generator {
    uint64_t x_mask, z_mask; /* a Pauli string, as in EK_OP_PAULI */
};
/* The number of P_k; 0 for an operation without angles, or whose derivative is not known. */
int ek_op_generators(const struct ek_op *op, struct ek_generator *strings);
void ek_op_generator_weights(const struct ek_op *op, const double *angle,
                             double weights[][EK_GENERATORS_MAX]);

/* ---- Fourier transforms ----------------------------------------------------------------- */

/* As appended, a FOURIER operation has no targets and transforms the value of qubits
 * [first, first + count). Expanded it becomes gates, or parts: a part has at most `widest`
 * targets, the highest of a block; it transforms their value and then multiplies by
 * exp(+-2 pi i y x / 2^count), y the new value of the targets and x that of the block's others.
 * With the next part on those others and a relabelling of qubits this is the whole transform
 * (Cooley and Tukey 1965). Blocks of fewer than `fewest` qubits become gates. */
ek_status ek_fourier_expand(ek_circuit *circuit, int fewest, int widest);
/* Makes FOURIER operations of runs of H and CP gates that are a transform of 3 or more
 * neighbouring qubits, but for the order of the qubits before or after it. */
ek_status ek_fourier_find(ek_circuit *circuit);

/* ---- diagonal functions --------------------------------------------------------------------- */

struct ek_diagonal {
    int qubits;
    long handles; /* how many share it */
    size_t term_count; /* polynomial: merged, sorted by mask */
    ek_spin_term *terms;
    double (*function)(uint64_t index, void *context); /* null for a polynomial */
    void *context;
    /* All values lie on offset + step * {0, ..., levels - 1}; levels is 0 when no such grid of at
     * most 2^16 points is known. */
    double grid_offset, grid_step;
    uint32_t levels;
};

/* A polynomial whose terms have two qubits at most. */
bool ek_diagonal_is_quadratic(const ek_diagonal *diagonal);
/* Its levels, twice, are numbers of 16 bits. */
static inline bool ek_diagonal_has_half_levels(const ek_diagonal *diagonal)
{
    return diagonal->levels > 0 && diagonal->levels <= 1 << 15;
}

#endif
