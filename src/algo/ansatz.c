/* Circuits of VQE. */
#include "algo/ansatz.h"

#include "circuit/circuit.h"

#include <stdarg.h>
#include <string.h>

static const char *const kind_names[] = {"hva-terms", "hva", "ry", "ry-rz"};
static const char *const entanglement_names[] = {"linear", "circular", "full"};
static const char *const entangler_names[] = {"cx", "cz"};

const char *ek_ansatz_kind_name(int kind)
{
    return kind >= 0 && kind <= EK_ANSATZ_RY_RZ ? kind_names[kind] : NULL;
}

const char *ek_entanglement_name(int entanglement)
{
    return entanglement >= 0 && entanglement <= EK_ENTANGLE_FULL ? entanglement_names[entanglement]
                                                                 : NULL;
}

const char *ek_entangler_name(int entangler)
{
    return entangler >= 0 && entangler <= EK_ENTANGLER_CZ ? entangler_names[entangler] : NULL;
}

/* A circuit under construction. */
struct builder {
    ek_circuit *circuit;
    const ek_ansatz_options *options;
    int qubits, layers;
    int idle; /* parameters at a layer's end that leave the initial state alone */
};

static ek_status add_gate(struct builder *b, ek_gate gate, int qubit)
{
    return ek_circuit_gate(b->circuit, gate, &qubit, NULL, NULL);
}

static ek_status add_pair(struct builder *b, ek_gate gate, int first, int second)
{
    const int pair[] = {first, second};
    return ek_circuit_gate(b->circuit, gate, pair, NULL, NULL);
}

__attribute__((format(printf, 3, 4))) static ek_status add_parameter(struct builder *b,
                                                                     int *parameter,
                                                                     const char *format, ...)
{
    char name[48];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return ek_circuit_new_parameter(b->circuit, name, parameter);
}

/* ---- initial states ------------------------------------------------------------------------ */

static bool is_singlets(const char *name) { return name && strcmp(name, "singlets") == 0; }

/* |11> -> (|0> - |1>)|1> -> |01> - |10>, over sqrt(2). */
static ek_status add_singlets(struct builder *b)
{
    for (int q = 0; q < b->qubits; q++) EK_TRY(add_gate(b, EK_GATE_X, q));
    for (int q = 0; q < b->qubits; q += 2) {
        EK_TRY(add_gate(b, EK_GATE_H, q));
        EK_TRY(add_pair(b, EK_GATE_CX, q, q + 1));
    }
    return EK_OK;
}

/* Product states with a name, by the letters of EK_LABEL_LETTERS of even and odd qubits. */
static const struct {
    const char *name;
    char even, odd;
} products[] = {{"zero", '0', '0'}, {"plus", '+', '+'}, {"minus", '-', '-'}, {"neel", '1', '0'}};
enum { PRODUCTS = sizeof products / sizeof *products };

/* The first one for null, the default; PRODUCTS for a name that is none of them. */
static int find_product(const char *name)
{
    int i = 0;
    while (name && i < PRODUCTS && strcmp(name, products[i].name) != 0) i++;
    return i;
}

/* The letter of one qubit in a product state of that name. */
static char letter_of(const char *name, int qubits, int qubit)
{
    const int i = find_product(name);
    if (i == PRODUCTS) return name[qubits - 1 - qubit];
    return qubit % 2 == 0 ? products[i].even : products[i].odd;
}

ek_status ek_ansatz_initial_check(const char *name, int qubits)
{
    const size_t length = strlen(name);
    if (is_singlets(name) && qubits % 2 != 0)
        return EK_FAIL(EK_ERROR_ARGUMENT, "initial state singlets takes an even number of qubits, "
                       "not %d: use neel", qubits);
    if (is_singlets(name) || find_product(name) < PRODUCTS) return EK_OK;
    if (length == 0 || strspn(name, EK_LABEL_LETTERS) < length)
        return EK_FAIL(EK_ERROR_ARGUMENT, "initial state '%.80s': expected zero, plus, minus, "
                       "neel, singlets, or a letter of %s for each qubit", name, EK_LABEL_LETTERS);
    if (qubits == 0 || length == (size_t)qubits) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "initial state '%.80s' is for %zu qubit%s, not %d", name,
                   length, EK_PLURAL(length), qubits);
}

/* |0> -> the letter's state: X makes the lower sign, H the axis X of Z, S the axis Y of X. */
static ek_status add_letter(struct builder *b, char letter, int qubit)
{
    if (strchr("1-l", letter)) EK_TRY(add_gate(b, EK_GATE_X, qubit));
    if (strchr("+-rl", letter)) EK_TRY(add_gate(b, EK_GATE_H, qubit));
    return strchr("rl", letter) ? add_gate(b, EK_GATE_S, qubit) : EK_OK;
}

static ek_status add_initial(struct builder *b)
{
    const char *name = b->options->initial;
    if (name) EK_TRY(ek_ansatz_initial_check(name, b->qubits));
    if (is_singlets(name)) return add_singlets(b);
    for (int q = 0; q < b->qubits; q++)
        EK_TRY(add_letter(b, letter_of(name, b->qubits, q), q));
    return EK_OK;
}

/* ---- hardware-efficient -------------------------------------------------------------------- */

static ek_status add_rotations(struct builder *b, int layer, ek_gate gate)
{
    for (int q = 0; q < b->qubits; q++) {
        int parameter = 0;
        EK_TRY(add_parameter(b, &parameter, "%s_%d_%d", ek_gate_name(gate), layer, q));
        const ek_angle angle = ek_angle_parameter(parameter, 1, 0);
        EK_TRY(ek_circuit_gate(b->circuit, gate, &q, &angle, NULL));
    }
    return EK_OK;
}

static ek_status add_rotation_layer(struct builder *b, int layer)
{
    EK_TRY(add_rotations(b, layer, EK_GATE_RY));
    return b->options->kind == EK_ANSATZ_RY_RZ ? add_rotations(b, layer, EK_GATE_RZ) : EK_OK;
}

static ek_status add_entanglers(struct builder *b)
{
    const ek_gate gate = b->options->entangler == EK_ENTANGLER_CZ ? EK_GATE_CZ : EK_GATE_CX;
    const bool full = b->options->entanglement == EK_ENTANGLE_FULL;
    for (int i = 0; i + 1 < b->qubits; i++)
        for (int j = i + 1; j < (full ? b->qubits : i + 2); j++)
            EK_TRY(add_pair(b, gate, i, j));
    if (b->options->entanglement != EK_ENTANGLE_CIRCULAR || b->qubits < 3) return EK_OK;
    return add_pair(b, gate, b->qubits - 1, 0);
}

static ek_status add_hardware_efficient(struct builder *b)
{
    EK_TRY(add_rotation_layer(b, 0));
    for (int layer = 1; layer <= b->layers; layer++) {
        EK_TRY(add_entanglers(b));
        EK_TRY(add_rotation_layer(b, layer));
    }
    return EK_OK;
}

/* ---- Hamiltonian-variational --------------------------------------------------------------- */

/* Whether both masks lie on whole pairs (0,1), (2,3), ...: XX, YY, ZZ and their products. */
static bool on_pairs(const ek_pauli_term *term)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    const uint64_t x = term->x_mask, z = term->z_mask;
    return ((x ^ x >> 1) & even) == 0 && ((z ^ z >> 1) & even) == 0;
}

/* Whether the initial state is an eigenstate of the term by its form. */
static bool leaves_alone(const char *initial, int qubits, const ek_pauli_term *term)
{
    if (is_singlets(initial)) return on_pairs(term);
    for (int q = 0; q < qubits; q++) {
        const char *own = term->x_mask & ek_bit(q) ? term->z_mask & ek_bit(q) ? "rl" : "+-" : "01";
        const bool acts = (term->x_mask | term->z_mask) & ek_bit(q);
        if (acts && !strchr(own, letter_of(initial, qubits, q))) return false;
    }
    return true;
}

/* A Hamiltonian and the groups of its terms. */
struct variation {
    const ek_hamiltonian_facts *facts;
    struct ek_term_groups groups;
};

static const ek_pauli_term *term_at(const struct variation *v, size_t place)
{
    return &v->facts->terms[v->groups.terms[place]];
}

/* The first group that leaves the initial state alone, -1 for none. */
static int idle_group(const struct variation *v, const char *initial)
{
    const int qubits = v->facts->qubits;
    for (int g = 0; g < v->groups.count; g++) {
        bool idle = true;
        for (size_t i = v->groups.first[g]; i < v->groups.first[g + 1] && idle; i++)
            idle = leaves_alone(initial, qubits, term_at(v, i));
        if (idle) return g;
    }
    return -1;
}

/* exp(-i theta c P), a rotation exp(-i angle/2 P), for each term of the group: one theta for all,
 * or for each. `number` counts the layer's parameters. */
static ek_status add_group(struct builder *b, const struct variation *v, int group, int layer,
                           int *number)
{
    const bool shared = b->options->kind == EK_ANSATZ_HVA;
    const size_t first = v->groups.first[group];
    int parameter = 0;
    for (size_t i = first; i < v->groups.first[group + 1]; i++) {
        const ek_pauli_term *term = term_at(v, i);
        if (i == first || !shared)
            EK_TRY(add_parameter(b, &parameter, "theta_%d_%d", layer, ++*number));
        const ek_angle angle = ek_angle_parameter(parameter, 2 * term->coefficient, 0);
        EK_TRY(ek_circuit_pauli_rotation(b->circuit, term->x_mask, term->z_mask, angle, NULL));
    }
    return EK_OK;
}

static ek_status add_layers(struct builder *b, const struct variation *v)
{
    const int idle = idle_group(v, b->options->initial), count = v->groups.count;
    for (int layer = 1; layer <= b->layers; layer++) {
        int number = 0;
        for (int i = 0; i < count; i++) {
            const int before = number;
            EK_TRY(add_group(b, v, (i + idle + 1) % count, layer, &number));
            b->idle = idle >= 0 ? number - before : 0;
        }
    }
    return EK_OK;
}

static ek_status add_hamiltonian_variational(struct builder *b, const ek_hamiltonian_facts *facts)
{
    struct variation v = {.facts = facts};
    ek_status status = ek_group_terms(facts, &v.groups);
    if (status == EK_OK && v.groups.count == 0)
        status = EK_FAIL(EK_ERROR_ARGUMENT, "%s is a constant: there is nothing to vary",
                         facts->name);
    if (status == EK_OK) status = add_layers(b, &v);
    ek_term_groups_clear(&v.groups);
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------- */

enum { LAYERS_MAX = 4096 };

static ek_status check_options(const ek_ansatz_options *options)
{
    const bool entangles = options->entanglement != EK_ENTANGLE_LINEAR ||
                           options->entangler != EK_ENTANGLER_CX;
    if (!ek_ansatz_kind_name((int)options->kind))
        return EK_FAIL(EK_ERROR_ARGUMENT, "ansatz %d: there are 0 to %d", (int)options->kind,
                       EK_ANSATZ_RY_RZ);
    if (!ek_entanglement_name((int)options->entanglement))
        return EK_FAIL(EK_ERROR_ARGUMENT, "entanglement %d: there are 0 to %d",
                       (int)options->entanglement, EK_ENTANGLE_FULL);
    if (!ek_entangler_name((int)options->entangler))
        return EK_FAIL(EK_ERROR_ARGUMENT, "entangler %d: there are 0 and 1",
                       (int)options->entangler);
    if (entangles && ek_ansatz_is_hva(options->kind))
        return EK_FAIL(EK_ERROR_ARGUMENT, "ansatz %s has no entanglers, but entanglement %s with "
                       "%s is asked for: use ry or ry-rz", ek_ansatz_kind_name((int)options->kind),
                       ek_entanglement_name((int)options->entanglement),
                       ek_entangler_name((int)options->entangler));
    if (options->layers < 0 || options->layers > LAYERS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d layers: give 1 to %d", options->layers, LAYERS_MAX);
    return EK_OK;
}

static ek_status build(struct builder *b, const ek_hamiltonian_facts *facts)
{
    EK_TRY(add_initial(b));
    if (ek_ansatz_is_hva(b->options->kind)) return add_hamiltonian_variational(b, facts);
    return add_hardware_efficient(b);
}

ek_status ek_ansatz_build(const ek_hamiltonian *hamiltonian, const ek_ansatz_options *options,
                          ek_circuit **circuit, int *idle)
{
    ek_hamiltonian_facts facts;
    struct builder b = {.options = options, .layers = options->layers ? options->layers : 1};
    ek_hamiltonian_get(hamiltonian, &facts);
    b.qubits = facts.qubits;
    EK_TRY(check_options(options));
    EK_TRY(ek_circuit_create(facts.qubits, &b.circuit));
    const ek_status status = build(&b, &facts);
    if (status != EK_OK) {
        ek_circuit_destroy(&b.circuit);
        return status;
    }
    *circuit = b.circuit;
    *idle = b.idle;
    return EK_OK;
}

ek_status ek_ansatz_create(const ek_hamiltonian *hamiltonian, const ek_ansatz_options *options,
                           ek_circuit **circuit)
{
    int idle;
    return ek_ansatz_build(hamiltonian, options, circuit, &idle);
}

/* New layer l = 1..p+1 is made of the old l-1 and l (those of number 0 and p+1 count as 0), so it
 * goes downwards. */
static void interpolate(int per_layer, int p, double *x)
{
    for (int l = p + 1; l >= 1; l--)
        for (int k = 0; k < per_layer; k++) {
            const double before = l > 1 ? x[(l - 2) * per_layer + k] : 0.0;
            const double same = l <= p ? x[(l - 1) * per_layer + k] : 0.0;
            x[(l - 1) * per_layer + k] = ((l - 1) * before + (p - l + 1) * same) / p;
        }
}

void ek_ansatz_grow(ek_ansatz_kind kind, int per_layer, int layers, int more, double *x)
{
    const size_t idle = (size_t)(more - layers) * (size_t)per_layer;
    const size_t count = (size_t)(layers + 1) * (size_t)per_layer;
    if (ek_ansatz_is_hva(kind)) {
        for (int p = layers; p < more; p++) interpolate(per_layer, p, x);
    } else {
        memmove(x + idle, x, count * sizeof *x);
        memset(x, 0, idle * sizeof *x);
    }
}
