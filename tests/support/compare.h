/* States of the library against the reference. */
#ifndef EK_TEST_COMPARE_H
#define EK_TEST_COMPARE_H

#include "support/harness.h"
#include "support/reference.h"

#include <exaket/observe.h>

/* Largest deviation of an amplitude that rounding explains, after circuits of some 100 gates. */
double test_tolerance(ek_precision precision);

/* All amplitudes, to be freed with free. Collective. */
ek_complex *test_amplitudes(const ek_state *state);

/* Fails the test and names the worst amplitude unless all are within the tolerance of the state's
 * precision; `what` describes the case. True on all ranks or on none. Collective. */
int test_check_state(const ek_state *state, const struct reference *expected, const char *what,
                     const char *file, int line);
#define CHECK_STATE(state, expected, what) \
    test_check_state((state), (expected), (what), __FILE__, __LINE__)

/* A state of the kind `kind`, and its like for the reference. Numbers that a kind needs are taken
 * from the seed; `theta` has room for one angle per qubit. Random states are read from the
 * library, because only it can say what they are. Collective. */
ek_initial test_initial(ek_initial_kind kind, int qubits, uint64_t seed, double *theta);
void test_reference_prepare(const ek_initial *initial, ek_session *session, ek_precision precision,
                            struct reference *state);

#endif
