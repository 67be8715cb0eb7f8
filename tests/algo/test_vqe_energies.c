/* Ground energies that VQE must find with its default settings, and those that are exact. */
#include "algo/vqe_cases.h"

#include <exaket/observe.h>

#include <math.h>

static ek_session *session;

static void test_begin(void) { session = test_session(2, 0); }

/* Rows of the table of spin chains. */
static const struct {
    const char *generator;
    double energy;
} chains[] = {{"heisenberg:8:open", -13.4997303948}, {"heisenberg:8:periodic", -14.6043736357},
              {"tfim:8:1:open", -9.8379514475},      {"tfim:8:1:periodic", -10.2516617910},
              {"tfim:8:0.5:open", -7.6405925536},    {"tfim:8:2:open", -16.8851414932},
              {"tfim:8:-1:open", -9.8379514475},     {"tfim:8:-0.5:open", -7.6405925536}};
enum { CHAINS = sizeof chains / sizeof *chains };

static void test_chains(void)
{
    for (size_t i = 0; i < CHAINS; i++) {
        ek_hamiltonian *hamiltonian = case_hamiltonian(session, chains[i].generator);
        ek_vqe_result result = {0};
        if (CHECK_OK(case_vqe(session, hamiltonian, NULL, true, &result))) {
            CHECK_NEAR(result.energy, chains[i].energy, 1e-6);
            CHECK_NEAR(result.exact_energy, chains[i].energy, 1e-9);
            CHECK_NEAR(result.error, result.energy - result.exact_energy, 1e-15);
            CHECK(result.error > -1e-12 && result.gradient_norm < 1e-4);
        }
        ek_vqe_result_clear(&result);
        ek_hamiltonian_destroy(&hamiltonian);
    }
}

/* In single precision, by the methods with derivatives whose line searches rounding does not end
 * too soon: slsqp, which compares values, is off by up to 2e-4 of the energy, by chance. */
static void test_chains_in_single_precision(void)
{
    static const char *const optimizers[] = {"lbfgs", "var2"};
    for (size_t i = 0; i < 2 * CHAINS; i++) {
        const ek_vqe_options options = {.precision = EK_SINGLE, .optimizer = optimizers[i % 2]};
        ek_hamiltonian *hamiltonian = case_hamiltonian(session, chains[i / 2].generator);
        ek_vqe_result result = {0};
        const double energy = chains[i / 2].energy;
        if (CHECK_OK(case_vqe(session, hamiltonian, &options, true, &result))) {
            CHECK_NEAR(result.energy, energy, 1e-5 * fabs(energy));
            CHECK(result.evaluations < 3000);
        }
        ek_vqe_result_clear(&result);
        ek_hamiltonian_destroy(&hamiltonian);
    }
}

/* The rounding goes with what varies, not with a constant. */
static void test_a_constant_in_single_precision(void)
{
    static const ek_pauli_term terms[] = {{0, 3, 1}, {1, 0, 0.5}, {2, 0, 0.5}, {0, 0, 1e6}};
    const ek_vqe_options options = {.precision = EK_SINGLE};
    ek_hamiltonian *hamiltonian = NULL;
    ek_vqe_result result = {0};
    CHECK_OK(ek_hamiltonian_create(2, 4, terms, &hamiltonian));
    if (CHECK_OK(case_vqe(session, hamiltonian, &options, true, &result)))
        CHECK_NEAR(result.energy - 1e6, -sqrt(2), 1e-5);
    CHECK(result.stopped == EK_STOP_CONVERGED && !result.stuck);
    ek_vqe_result_clear(&result);
    ek_hamiltonian_destroy(&hamiltonian);
}

/* In any unit of energy an optimisation goes the same way, and is stuck where it is. */
static void test_units_of_energy(void)
{
    for (int i = 0; i < 9; i++) {
        const double size = ldexp(1, 100 * (i % 3 - 1));
        const ek_pauli_term terms[] = {
            {3, 0, size}, {3, 3, size / 2}, {0, 2, size}, {1, 0, size / 2}, {0, 3, size / 4}};
        const ek_vqe_options options = {
            .ansatz = {.kind = i < 3 ? EK_ANSATZ_RY : EK_ANSATZ_HVA_TERMS, .layers = 2,
                       .initial = "zero"}};
        static ek_vqe_result first;
        ek_hamiltonian *hamiltonian = NULL;
        ek_vqe_result result = {0};
        CHECK_OK(ek_hamiltonian_create(2, i < 6 ? 5 : 2, terms, &hamiltonian));
        if (CHECK_OK(case_vqe(session, hamiltonian, &options, true, &result))) {
            if (i % 3 == 0) first = result;
            CHECK(result.energy / size == first.energy * ldexp(1, 100));
            CHECK(result.evaluations == first.evaluations);
            CHECK(result.stuck == (i >= 6));
        }
        ek_vqe_result_clear(&result);
        ek_hamiltonian_destroy(&hamiltonian);
    }
}

/* Hydrogen at 0.7414 Angstrom, Jordan-Wigner, STO-3G. */
static const double hydrogen[] = {-0.098863973518, 0.171197748533, -0.222785928901,
                                  0.168622191433,  0.174348441706, 0.120544821866,
                                  0.165867023964,  0.045322202099};
enum { CONSTANT, Z01, Z23, Z0Z1, Z2Z3, Z0Z2, Z0Z3, HOPPING };

static ek_hamiltonian *make_hydrogen(void)
{
    const double *c = hydrogen;
    const ek_pauli_term terms[] = {
        {0, 0, c[CONSTANT]}, {0, 1, c[Z01]},   {0, 2, c[Z01]},       {0, 4, c[Z23]},
        {0, 8, c[Z23]},      {0, 3, c[Z0Z1]},  {0, 12, c[Z2Z3]},     {0, 5, c[Z0Z2]},
        {0, 10, c[Z0Z2]},    {0, 9, c[Z0Z3]},  {0, 6, c[Z0Z3]},      {15, 12, -c[HOPPING]},
        {15, 3, -c[HOPPING]}, {15, 6, c[HOPPING]}, {15, 9, c[HOPPING]}};
    ek_hamiltonian *hamiltonian = NULL;
    CHECK_OK(ek_hamiltonian_create(4, 15, terms, &hamiltonian));
    return hamiltonian;
}

static void test_hydrogen(void)
{
    const ek_ansatz_options circuits[] = {
        {0}, {.kind = EK_ANSATZ_HVA, .layers = 1}, {.kind = EK_ANSATZ_RY, .layers = 2}};
    ek_hamiltonian *hamiltonian = make_hydrogen();
    for (size_t i = 0; i < sizeof circuits / sizeof *circuits; i++) {
        const ek_vqe_options options = {.ansatz = circuits[i]};
        ek_vqe_result result = {0};
        if (CHECK_OK(case_vqe(session, hamiltonian, &options, true, &result))) {
            CHECK_NEAR(result.energy, -1.13727017463, 1e-8);
            CHECK_NEAR(result.exact_energy, -1.13727017463, 1e-10);
        }
        ek_vqe_result_clear(&result);
    }
    ek_hamiltonian_destroy(&hamiltonian);
}

/* Closed formulas for any number of spins. */
static void test_exact_energies(void)
{
    const double pi = acos(-1);
    for (int n = 1; n <= EK_GROUND_QUBITS_MAX; n++) {
        ek_hamiltonian *hamiltonian = NULL;
        double energy = 0;
        CHECK_OK(ek_hamiltonian_tfim(n, 1, EK_BOUNDARY_OPEN, &hamiltonian));
        CHECK_OK(ek_hamiltonian_ground(session, hamiltonian, &energy));
        CHECK_NEAR(energy, 1 - 1 / sin(pi / (2 * (2 * n + 1))), 1e-11);
        ek_hamiltonian_destroy(&hamiltonian);
    }
    ek_hamiltonian *hamiltonian = case_hamiltonian(session, "heisenberg:12:periodic");
    double energy = 0;
    CHECK_OK(ek_hamiltonian_ground(session, hamiltonian, &energy));
    CHECK_NEAR(energy, -21.5495636698, 1e-9);
    ek_hamiltonian_destroy(&hamiltonian);
    hamiltonian = case_hamiltonian(session, "tfim:13:1:open");
    CHECK_STATUS(ek_hamiltonian_ground(session, hamiltonian, &energy), EK_ERROR_ARGUMENT);
    ek_hamiltonian_destroy(&hamiltonian);
}

/* A constant, and strings with one and two Y: +-1 and +-sqrt(2). */
static void test_small_exact_energies(void)
{
    static const ek_pauli_term terms[] = {{0, 0, 3}, {1, 1, 1}, {3, 3, 1}, {2, 0, 1}};
    for (int count = 1; count <= 4; count++) {
        static const double lowest[] = {3, 2, 1, 0};
        ek_hamiltonian *hamiltonian = NULL;
        double energy = 0;
        CHECK_OK(ek_hamiltonian_create(2, (size_t)count, terms, &hamiltonian));
        CHECK_OK(ek_hamiltonian_ground(session, hamiltonian, &energy));
        if (count < 4) CHECK_NEAR(energy, lowest[count - 1], 1e-12);
        else CHECK_NEAR(energy, 3 - 1 - sqrt(2), 1e-12);
        ek_hamiltonian_destroy(&hamiltonian);
    }
    const ek_pauli_term far[] = {{0, 0, 1e12}, {1, 1, 1}, {3, 3, 1}, {2, 0, 1}};
    ek_hamiltonian *hamiltonian = NULL;
    double energy = 0;
    CHECK_OK(ek_hamiltonian_create(2, 4, far, &hamiltonian));
    CHECK_OK(ek_hamiltonian_ground(session, hamiltonian, &energy));
    CHECK_NEAR(energy - 1e12, -1 - sqrt(2), 1e-3);
    ek_hamiltonian_destroy(&hamiltonian);
}

/* x^2 and x^4 of x = sum 2^i Z_i on nine qubits: 256 levels, close together at the bottom. The
 * first takes more than 250 steps, for the second there are not enough. */
static void test_dense_spectra(void)
{
    static ek_pauli_term terms[6561];
    const ek_vqe_options options = {.ansatz = {.kind = EK_ANSATZ_RY, .layers = 1}};
    ek_hamiltonian *hamiltonian = NULL;
    ek_vqe_result result = {0};
    double energy = 0;
    for (int t = 0; t < 6561; t++) {
        const int i = t % 9, j = t / 9 % 9, k = t / 81 % 9, l = t / 729;
        terms[t] = (ek_pauli_term){0, 1ull << i ^ 1ull << j ^ 1ull << k ^ 1ull << l,
                                   ldexp(1, i + j + k + l - 32)};
    }
    CHECK_OK(ek_hamiltonian_create(9, 6561, terms, &hamiltonian));
    if (CHECK_OK(case_vqe(session, hamiltonian, &options, false, &result)))
        CHECK(isnan(result.exact_energy) && isfinite(result.energy));
    ek_vqe_result_clear(&result);
    ek_hamiltonian_destroy(&hamiltonian);
    for (int t = 0; t < 81; t++)
        terms[t] = (ek_pauli_term){0, 1ull << t % 9 ^ 1ull << t / 9, ldexp(1, t % 9 + t / 9 - 16)};
    CHECK_OK(ek_hamiltonian_create(9, 81, terms, &hamiltonian));
    CHECK_OK(ek_hamiltonian_ground(session, hamiltonian, &energy));
    CHECK_NEAR(energy, ldexp(1, -16), 1e-13);
    ek_hamiltonian_destroy(&hamiltonian);
}

static void test_end(void) { ek_session_destroy(&session); }

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"chains of eight spins", test_chains},
        {"chains in single precision", test_chains_in_single_precision},
        {"a constant in single precision", test_a_constant_in_single_precision},
        {"units of energy", test_units_of_energy},
        {"hydrogen", test_hydrogen},
        {"exact energies of chains", test_exact_energies},
        {"exact energies of two qubits", test_small_exact_energies},
        {"dense spectra", test_dense_spectra},
        {"end", test_end},
    };
    return test_main(argc, argv, "algo: VQE energies", cases, sizeof cases / sizeof *cases);
}
