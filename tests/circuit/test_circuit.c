#include "support/harness.h"

#include <exaket/circuit.h>

#include <math.h>
#include <string.h>

static ek_circuit *circuit;

static void test_begin(void)
{
    CHECK_STATUS(ek_circuit_create(0, &circuit), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_create(-3, &circuit), EK_ERROR_ARGUMENT);
    CHECK_STATUS(ek_circuit_create(EK_QUBITS_MAX + 1, &circuit), EK_ERROR_ARGUMENT);
    CHECK(circuit == NULL);
    CHECK_OK(ek_circuit_create(EK_QUBITS_MAX, &circuit));
    CHECK(ek_circuit_qubits(circuit) == EK_QUBITS_MAX);
    ek_circuit_destroy(&circuit);
    CHECK(circuit == NULL);
    ek_circuit_destroy(&circuit);
    ek_circuit_destroy(NULL);
    CHECK_OK(ek_circuit_create(5, &circuit));
    CHECK(ek_circuit_size(circuit) == 0 && ek_circuit_parameters(circuit) == 0);
}

static void test_end(void) { ek_circuit_destroy(&circuit); }

static void test_parameters(void)
{
    int gamma = -1, beta = -1, again = -1;
    char name[] = "gamma";
    CHECK_OK(ek_circuit_parameter(circuit, name, &gamma));
    name[0] = 'x'; /* the name was copied */
    CHECK_OK(ek_circuit_parameter(circuit, "beta", &beta));
    CHECK_OK(ek_circuit_parameter(circuit, "gamma", &again));
    CHECK(gamma == 0 && beta == 1 && again == 0 && ek_circuit_parameters(circuit) == 2);
    CHECK(strcmp(ek_circuit_parameter_name(circuit, 0), "gamma") == 0);
    CHECK(strcmp(ek_circuit_parameter_name(circuit, 1), "beta") == 0);
    CHECK(ek_circuit_parameter_name(circuit, 2) == NULL);
    CHECK(ek_circuit_parameter_name(circuit, -1) == NULL);
}

static void test_gate_names(void)
{
    static const char *const names[EK_GATE_COUNT] = {
        "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "rx", "ry", "rz", "p", "u",
        "swap", "iswap", "rxx", "ryy", "rzz", "rzx", "xx_plus_yy", "cx", "cy", "cz", "ch", "cp",
        "crx", "cry", "crz", "cu", "ccx", "cswap", "c3x", "c4x"};
    for (int g = 0; g < EK_GATE_COUNT; g++)
        CHECK(strcmp(ek_gate_name((ek_gate)g), names[g]) == 0);
    CHECK(ek_gate_name(EK_GATE_COUNT) != NULL && ek_gate_name((ek_gate)-1) != NULL);
    CHECK(ek_gate_qubits(EK_GATE_COUNT) == 0 && ek_gate_angles((ek_gate)1000) == 0);
}

/* ---- refusals: the code, a message that names the culprit, and an unchanged circuit ------ */

static void check_refused(ek_status status, const char *named)
{
    CHECK_STATUS(status, EK_ERROR_ARGUMENT);
    CHECK(strstr(ek_last_message(), named) != NULL);
    if (!strstr(ek_last_message(), named))
        fprintf(stderr, "\n\"%s\" does not name \"%s\"\n", ek_last_message(), named);
    CHECK(ek_circuit_size(circuit) == 0);
}

static void test_wrong_qubits(void)
{
    const ek_complex phases[4] = {{1, 0}, {1, 0}, {1, 0}, {1, 0}};
    const ek_controls far = {1, (const int[]){9}, NULL}, same = {1, (const int[]){2}, NULL};
    const ek_controls twice = {2, (const int[]){3, 3}, (const int[]){0, 1}};
    const ek_controls negative = {-1, (const int[]){3}, NULL};
    const ek_angle a = ek_angle_number(1);
    check_refused(ek_circuit_gate(circuit, EK_GATE_H, (const int[]){5}, NULL, NULL), "5");
    check_refused(ek_circuit_gate(circuit, EK_GATE_H, (const int[]){-1}, NULL, NULL), "-1");
    check_refused(ek_circuit_gate(circuit, EK_GATE_CX, (const int[]){2, 2}, NULL, NULL), "twice");
    check_refused(ek_circuit_gate(circuit, EK_GATE_X, (const int[]){2}, NULL, &far), "9");
    check_refused(ek_circuit_gate(circuit, EK_GATE_X, (const int[]){2}, NULL, &same), "twice");
    check_refused(ek_circuit_gate(circuit, EK_GATE_X, (const int[]){2}, NULL, &twice), "twice");
    check_refused(ek_circuit_gate(circuit, EK_GATE_X, (const int[]){2}, NULL, &negative), "-1");
    check_refused(ek_circuit_gate(circuit, EK_GATE_COUNT, (const int[]){2}, NULL, NULL),
                  "unknown");
    check_refused(ek_circuit_phases(circuit, 2, (const int[]){1, 1}, phases, NULL), "twice");
    check_refused(ek_circuit_phases(circuit, 2, (const int[]){1, 7}, phases, NULL), "7");
    check_refused(ek_circuit_phases(circuit, 17, NULL, phases, NULL), "17");
    check_refused(ek_circuit_phases(circuit, -1, NULL, phases, NULL), "-1");
    check_refused(ek_circuit_pauli_rotation(circuit, 32, 0, a, NULL), "0x20");
    check_refused(ek_circuit_pauli_rotation(circuit, 4, 2, a, &same), "twice");
    check_refused(ek_circuit_grover(circuit, 6, a), "6");
}

static void test_wrong_angles(void)
{
    static const double strange[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        const ek_angle angle = ek_angle_number(strange[i]);
        const ek_angle scale = ek_angle_parameter(0, strange[i], 0);
        const ek_angle cu[4] = {{-1, 0, 1}, {-1, 0, 1}, {-1, 0, 1}, angle};
        check_refused(ek_circuit_gate(circuit, EK_GATE_RX, (const int[]){1}, &angle, NULL), "rx");
        check_refused(ek_circuit_gate(circuit, EK_GATE_P, (const int[]){1}, &scale, NULL), "p");
        check_refused(ek_circuit_gate(circuit, EK_GATE_CU, (const int[]){1, 2}, cu, NULL), "cu");
        check_refused(ek_circuit_pauli_rotation(circuit, 1, 0, angle, NULL), "finite");
        check_refused(ek_circuit_grover(circuit, -1, angle), "finite");
    }
    const ek_angle unknown = ek_angle_parameter(2, 1, 0), negative = ek_angle_parameter(-2, 1, 0);
    check_refused(ek_circuit_gate(circuit, EK_GATE_RX, (const int[]){1}, &unknown, NULL), "2");
    check_refused(ek_circuit_gate(circuit, EK_GATE_RX, (const int[]){1}, &negative, NULL), "-2");
    check_refused(ek_circuit_gate(circuit, EK_GATE_RX, (const int[]){1}, NULL, NULL), "none");
}

static void test_wrong_matrices(void)
{
    const double r = sqrt(0.5);
    ek_complex h[4] = {{r, 0}, {r, 0}, {r, 0}, {-r, 0}};
    ek_complex phase = {1.001, 0};
    const int qubits[7] = {0, 1, 2, 3, 4, 5, 6};
    h[1].im = 1e-7;
    check_refused(ek_circuit_unitary(circuit, 1, qubits, h, NULL), "not unitary");
    h[1].im = NAN;
    check_refused(ek_circuit_unitary(circuit, 1, qubits, h, NULL), "not unitary");
    h[1].im = 0;
    check_refused(ek_circuit_unitary(circuit, 0, qubits, h, NULL), "0");
    check_refused(ek_circuit_unitary(circuit, 7, qubits, h, NULL), "7");
    check_refused(ek_circuit_unitary(circuit, -1, qubits, h, NULL), "-1");
    check_refused(ek_circuit_phases(circuit, 0, NULL, &phase, NULL), "modulus");
    phase.re = NAN;
    check_refused(ek_circuit_phases(circuit, 0, NULL, &phase, NULL), "modulus");
}

static void test_wrong_function(void)
{
    const ek_spin_term term = {1, 1.0};
    ek_diagonal *diagonal = NULL;
    CHECK_OK(ek_diagonal_create(4, 1, &term, &diagonal));
    check_refused(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(1)), "4");
    ek_diagonal_destroy(&diagonal);
    CHECK_OK(ek_diagonal_create(5, 1, &term, &diagonal));
    check_refused(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(NAN)), "finite");
    CHECK_OK(ek_circuit_diagonal(circuit, diagonal, ek_angle_number(1)));
    CHECK(ek_circuit_size(circuit) == 1);
    ek_diagonal_destroy(&diagonal);
}

/* What is barely allowed. */
static void test_limits(void)
{
    const double r = sqrt(0.5);
    const ek_complex h[4] = {{r, 4e-9}, {r, 0}, {r, 0}, {-r, 0}}, i = {0, 1};
    const ek_controls all = {4, (const int[]){0, 1, 2, 3}, NULL};
    const size_t before = ek_circuit_size(circuit);
    CHECK_OK(ek_circuit_unitary(circuit, 1, (const int[]){4}, h, &all));
    CHECK_OK(ek_circuit_phases(circuit, 0, NULL, &i, NULL));
    CHECK_OK(ek_circuit_phases(circuit, 0, NULL, &i, &all));
    CHECK_OK(ek_circuit_pauli_rotation(circuit, 0, 0, ek_angle_parameter(1, 2, 3), NULL));
    CHECK_OK(ek_circuit_pauli_rotation(circuit, 31, 31, ek_angle_number(1), NULL));
    CHECK_OK(ek_circuit_grover(circuit, -5, ek_angle_number(1)));
    CHECK_OK(ek_circuit_grover(circuit, 5, ek_angle_number(1)));
    CHECK(ek_circuit_size(circuit) == before + 7);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"creating and destroying", test_begin},
        {"parameters", test_parameters},
        {"names of gates", test_gate_names},
        {"wrong qubits", test_wrong_qubits},
        {"wrong angles", test_wrong_angles},
        {"wrong matrices", test_wrong_matrices},
        {"wrong functions", test_wrong_function},
        {"what is barely allowed", test_limits},
        {"end", test_end},
    };
    return test_main(argc, argv, "circuit: circuits", cases, sizeof cases / sizeof *cases);
}
