/* Circuits of VQE against the dense reference: gate by gate where the layout is fixed by its
 * definition, group by group where the Hamiltonian says it. */
#include "support/compare.h"
#include "support/harness.h"
#include "support/reference.h"

#include <exaket/vqe.h>

#include <math.h>
#include <string.h>

enum { QUBITS = 4 };

static const struct reference_controls none = {0, 0};

static double angle_of(int parameter) { return sin(1.7 * parameter + 0.3) * 2; }

/* Runs the ansatz from |0...0> and compares it. */
static void check_state(ek_session *session, const ek_hamiltonian *hamiltonian,
                        const ek_ansatz_options *options, int parameters,
                        const struct reference *expected)
{
    double x[128];
    ek_circuit *circuit = NULL;
    ek_state *state = NULL;
    for (int i = 0; i < parameters; i++) x[i] = angle_of(i);
    if (test_all(CHECK_OK(ek_ansatz_create(hamiltonian, options, &circuit)) &&
                 ek_circuit_parameters(circuit) == parameters)) {
        CHECK_OK(ek_state_create(session, QUBITS, EK_DOUBLE, &state));
        CHECK_OK(ek_circuit_run(circuit, x, state));
        CHECK_STATE(state, expected, "ansatz");
    } else {
        CHECK(ek_circuit_parameters(circuit) == parameters);
    }
    ek_state_destroy(&state);
    ek_circuit_destroy(&circuit);
}

static void rotate_all(struct reference *state, const char *gate, int *parameter)
{
    for (int q = 0; q < QUBITS; q++) {
        const double angle = angle_of((*parameter)++);
        reference_gate(state, gate, &q, &angle, none);
    }
}

static void entangle(struct reference *state, const char *gate, int count, const int pairs[][2])
{
    for (int i = 0; i < count; i++) reference_gate(state, gate, pairs[i], NULL, none);
}

static void test_hardware_efficient(void)
{
    static const int linear[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}};
    static const int full[][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    ek_session *session = test_session(1, 0);
    ek_hamiltonian *hamiltonian = NULL;
    CHECK_OK(ek_hamiltonian_heisenberg(QUBITS, EK_BOUNDARY_OPEN, &hamiltonian));
    for (int i = 0; i < 12; i++) {
        const bool rz = i % 2, cz = i / 2 % 2;
        const ek_ansatz_options options = {.kind = rz ? EK_ANSATZ_RY_RZ : EK_ANSATZ_RY,
                                           .layers = 2,
                                           .entanglement = (ek_entanglement)(i / 4),
                                           .entangler = cz ? EK_ENTANGLER_CZ : EK_ENTANGLER_CX,
                                           .initial = "0110"};
        struct reference expected;
        int parameter = 0;
        reference_create(&expected, QUBITS);
        reference_basis(&expected, 6);
        for (int layer = 0; layer <= 2; layer++) {
            if (layer > 0)
                entangle(&expected, cz ? "cz" : "cx", i < 4 ? 3 : i < 8 ? 4 : 6,
                         i < 8 ? linear : full);
            rotate_all(&expected, "ry", &parameter);
            if (rz) rotate_all(&expected, "rz", &parameter);
        }
        check_state(session, hamiltonian, &options, parameter, &expected);
        reference_destroy(&expected);
    }
    ek_hamiltonian_destroy(&hamiltonian);
    ek_session_destroy(&session);
}

/* exp(-i theta c P) with theta number `*parameter`, which moves on for terms of their own. */
static void evolve(struct reference *state, uint64_t x, uint64_t z, double c, int *parameter,
                   bool own)
{
    reference_pauli_rotation(state, x, z, 2 * c * angle_of(*parameter), none);
    *parameter += own;
}

/* Labels as circuits: the field that each letter is the ground state of. */
static void test_labels(void)
{
    static const struct {
        const char *name;
        ek_pauli_term field[QUBITS]; /* qubit 0 first */
    } labels[] = {
        {"-+rl", {{1, 1, 1}, {2, 2, -1}, {4, 0, -1}, {8, 0, 1}}},
        {"minus", {{1, 0, 1}, {2, 0, 1}, {4, 0, 1}, {8, 0, 1}}},
        {"01l-", {{1, 0, 1}, {2, 2, 1}, {0, 4, 1}, {0, 8, -1}}},
    };
    ek_session *session = test_session(1, 0);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const ek_vqe_options options = {
            .ansatz = {.layers = 1, .initial = labels[i].name}, .skip_exact = 1};
        ek_hamiltonian *h = NULL;
        ek_vqe *vqe = NULL;
        const double x[QUBITS] = {0.3, -0.2, 0.9, 0.4}; /* of no consequence */
        double energy = 0;
        CHECK_OK(ek_hamiltonian_create(QUBITS, QUBITS, labels[i].field, &h));
        CHECK_OK(ek_vqe_create(session, h, &options, &vqe));
        CHECK_OK(ek_vqe_energy(vqe, x, &energy, NULL));
        CHECK_NEAR(energy, -QUBITS, 1e-12);
        ek_vqe_destroy(&vqe);
        ek_hamiltonian_destroy(&h);
    }
    ek_session_destroy(&session);
}

/* Of |+...+> the group of X is an eigenstate: it comes last. */
static void test_ising(void)
{
    ek_session *session = test_session(1, 0);
    ek_hamiltonian *hamiltonian = NULL;
    CHECK_OK(ek_hamiltonian_tfim(QUBITS, 0.7, EK_BOUNDARY_PERIODIC, &hamiltonian));
    for (int own = 0; own < 2; own++) {
        const ek_ansatz_options options = {.kind = own ? EK_ANSATZ_HVA_TERMS : EK_ANSATZ_HVA,
                                           .layers = 3, .initial = "plus"};
        struct reference expected;
        int parameter = 0;
        reference_create(&expected, QUBITS);
        reference_uniform(&expected);
        for (int layer = 0; layer < 3; layer++) {
            for (int q = 0; q < QUBITS; q++)
                evolve(&expected, 0, 1u << q | 1u << (q + 1) % QUBITS, -1, &parameter, own);
            parameter += !own;
            for (int q = 0; q < QUBITS; q++) evolve(&expected, 1u << q, 0, -0.7, &parameter, own);
            parameter += !own;
        }
        check_state(session, hamiltonian, &options, parameter, &expected);
        reference_destroy(&expected);
    }
    ek_hamiltonian_destroy(&hamiltonian);
    ek_session_destroy(&session);
}

static void evolve_bond(struct reference *state, int q, int parameter)
{
    const uint64_t pair = 3u << q;
    evolve(state, pair, 0, 1, &parameter, false);
    evolve(state, pair, pair, 1, &parameter, false);
    evolve(state, 0, pair, 1, &parameter, false);
}

/* (|01> - |10>) (|01> - |10>) / 2 */
static void set_singlets(struct reference *state)
{
    reference_basis(state, 0);
    state->amplitude[0] = 0;
    for (int a = 1; a < 3; a++)
        for (int b = 1; b < 3; b++) state->amplitude[4 * b + a] = a == b ? 0.5 : -0.5;
}

/* The groups are the even and the odd bonds; singlets are eigenstates of the even one. */
static void test_heisenberg(void)
{
    ek_session *session = test_session(1, 0);
    ek_hamiltonian *hamiltonian = NULL;
    const ek_ansatz_options options = {.kind = EK_ANSATZ_HVA, .layers = 2, .initial = "singlets"};
    struct reference expected;
    reference_create(&expected, QUBITS);
    set_singlets(&expected);
    CHECK_OK(ek_hamiltonian_heisenberg(QUBITS, EK_BOUNDARY_OPEN, &hamiltonian));
    for (int layer = 0; layer < 2; layer++) {
        evolve_bond(&expected, 1, 2 * layer);
        evolve_bond(&expected, 0, 2 * layer + 1);
        evolve_bond(&expected, 2, 2 * layer + 1);
    }
    check_state(session, hamiltonian, &options, 4, &expected);
    reference_destroy(&expected);
    ek_hamiltonian_destroy(&hamiltonian);
    ek_session_destroy(&session);
}

static void check_initial(ek_session *session, ek_status made, ek_hamiltonian *hamiltonian,
                          const char *expected)
{
    char name[EK_QUBITS_MAX + 1] = "";
    if (!test_all(CHECK_OK(made))) return;
    CHECK_OK(ek_ansatz_initial(session, hamiltonian, name));
    CHECK(strcmp(name, expected) == 0);
    if (strcmp(name, expected)) fprintf(stderr, "%s, expected %s\n", name, expected);
    ek_hamiltonian_destroy(&hamiltonian);
}

/* Each qubit by the sign and axis of its field, diagonal where nothing else acts on it; products
 * without fields where they are all there is. A field along Z is no transverse one. */
static void test_products(ek_session *session)
{
    static const struct {
        const char *expected;
        int qubits;
        size_t count;
        ek_pauli_term terms[6];
    } cases[] = {
        {"-+", 2, 3, {{1, 0, -1}, {2, 0, 1}, {0, 3, -2}}},
        {"rl", 2, 3, {{1, 1, 1}, {2, 2, -1}, {0, 3, -2}}},
        {"1-l", 3, 4, {{1, 1, 1}, {2, 0, 1}, {0, 4, 1}, {0, 3, 5}}},
        {"+-+-", 4, 3, {{3, 0, 1}, {6, 0, 1}, {12, 0, 1}}},
        {"-+", 2, 3, {{1, 0, -1}, {2, 0, -0.5}, {3, 0, 2}}},
        {"plus", 2, 2, {{3, 0, -1}, {0, 3, -1}}},
        {"11", 2, 3, {{3, 0, -1}, {0, 1, 0.5}, {0, 2, 0.5}}},
        {"00", 2, 3, {{1, 0, 1}, {1, 1, 1}, {0, 3, -1}}},
        {"00", 2, 2, {{3, 2, 1}, {0, 1, -1}}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ek_hamiltonian *h = NULL;
        const ek_status made =
            ek_hamiltonian_create(cases[i].qubits, cases[i].count, cases[i].terms, &h);
        check_initial(session, made, h, cases[i].expected);
    }
    for (int sign = -1; sign <= 1; sign += 2) { /* without a search */
        ek_hamiltonian *h = NULL;
        const ek_status made = ek_hamiltonian_tfim(62, sign, EK_BOUNDARY_OPEN, &h);
        check_initial(session, made, h, sign < 0 ? "minus" : "plus");
    }
}

static void test_initial_states(void)
{
    /* Lowest at |100>: -1 - 2 - 0.5 - 0.25; what is not diagonal does not count. */
    static const ek_pauli_term terms[] = {{0, 4, 1}, {0, 3, -2}, {0, 7, 0.5}, {3, 0, 9},
                                          {0, 1, -0.25}};
    ek_session *session = test_session(1, 0);
    ek_hamiltonian *h = NULL;
    ek_status made = ek_hamiltonian_tfim(3, 1, EK_BOUNDARY_OPEN, &h);
    check_initial(session, made, h, "plus");
    made = ek_hamiltonian_tfim(3, -1, EK_BOUNDARY_OPEN, &h);
    check_initial(session, made, h, "minus");
    made = ek_hamiltonian_heisenberg(4, EK_BOUNDARY_PERIODIC, &h);
    check_initial(session, made, h, "singlets");
    made = ek_hamiltonian_heisenberg(5, EK_BOUNDARY_OPEN, &h);
    check_initial(session, made, h, "01010");
    made = ek_hamiltonian_create(3, 5, terms, &h);
    check_initial(session, made, h, "100");
    test_products(session);
    ek_session_destroy(&session);
}

static void check_no_state(const char *name, int qubits, const char *message)
{
    CHECK_STATUS(ek_ansatz_initial_check(name, qubits), EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), message) != NULL);
}

static void test_names_of_initial_states(void)
{
    static const char *const names[] = {"zero", "plus", "minus", "neel", "singlets", "01+-rl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CHECK_OK(ek_ansatz_initial_check(names[i], 0));
        CHECK_OK(ek_ansatz_initial_check(names[i], 6));
    }
    check_no_state("singlets", 5, "an even number of qubits, not 5");
    check_no_state("01+-rl", 5, "'01+-rl' is for 6 qubits, not 5");
    check_no_state("1", 5, "'1' is for 1 qubit, not 5");
    check_no_state("", 0, "'': expected zero, plus,");
    check_no_state("012", 0, "'012': expected zero, plus,");
}

static void check_refused(const ek_hamiltonian *hamiltonian, ek_ansatz_options options,
                          const char *message)
{
    ek_circuit *circuit = NULL;
    CHECK_STATUS(ek_ansatz_create(hamiltonian, &options, &circuit), EK_ERROR_ARGUMENT);
    CHECK(!circuit && strstr(ek_last_message(), message) != NULL);
}

static void test_refusals(void)
{
    const ek_pauli_term constant = {0, 0, 1};
    ek_hamiltonian *chain = NULL, *number = NULL;
    CHECK_OK(ek_hamiltonian_tfim(3, 1, EK_BOUNDARY_OPEN, &chain));
    CHECK_OK(ek_hamiltonian_create(3, 1, &constant, &number));
    check_refused(chain, (ek_ansatz_options){.kind = (ek_ansatz_kind)4}, "ansatz 4");
    check_refused(chain, (ek_ansatz_options){.layers = -1}, "-1 layers");
    check_refused(chain, (ek_ansatz_options){.entanglement = (ek_entanglement)3}, "3");
    check_refused(chain, (ek_ansatz_options){.entangler = (ek_entangler)2}, "entangler 2");
    check_refused(chain, (ek_ansatz_options){.initial = "01"}, "is for 2 qubits, not 3");
    check_refused(chain, (ek_ansatz_options){.initial = "singlets"}, "even number");
    check_refused(chain, (ek_ansatz_options){.entangler = EK_ENTANGLER_CZ},
                  "ansatz hva-terms has no entanglers");
    check_refused(chain, (ek_ansatz_options){.kind = EK_ANSATZ_HVA,
                                             .entanglement = EK_ENTANGLE_FULL},
                  "entanglement full with cx");
    check_refused(number, (ek_ansatz_options){0}, "constant");
    ek_hamiltonian_destroy(&chain);
    ek_hamiltonian_destroy(&number);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"hardware-efficient circuits", test_hardware_efficient},
        {"variational Ising chains", test_ising},
        {"variational Heisenberg chains", test_heisenberg},
        {"labels", test_labels},
        {"initial states", test_initial_states},
        {"names of initial states", test_names_of_initial_states},
        {"refusals", test_refusals},
    };
    return test_main(argc, argv, "algo: ansatz", cases, sizeof cases / sizeof *cases);
}
