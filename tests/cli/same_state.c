/* The largest deviation between amplitudes of two saved states. Usage: same_state FILE FILE */
#include <exaket/exaket.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static ek_complex *load(ek_session *session, const char *path, size_t *count)
{
    ek_state *state = NULL;
    if (ek_state_load(session, path, EK_DOUBLE, &state) != EK_OK) return NULL;
    *count = (size_t)1 << ek_state_qubits(state);
    uint64_t *indices = malloc(*count * sizeof *indices);
    ek_complex *amplitudes = malloc(*count * sizeof *amplitudes);
    for (size_t i = 0; i < *count; i++) indices[i] = i;
    if (ek_state_amplitudes(state, *count, indices, amplitudes) != EK_OK) amplitudes = NULL;
    free(indices);
    ek_state_destroy(&state);
    return amplitudes;
}

int main(int argc, char **argv)
{
    ek_session *session = NULL;
    size_t counts[2] = {0, 0};
    double worst = 0;
    if (argc != 3 || ek_session_create(NULL, &session) != EK_OK) return 2;
    ek_complex *a = load(session, argv[1], &counts[0]), *b = load(session, argv[2], &counts[1]);
    if (!a || !b || counts[0] != counts[1]) {
        fprintf(stderr, "%s\n", ek_last_message());
        return 2;
    }
    for (size_t i = 0; i < counts[0]; i++)
        worst = fmax(worst, hypot(a[i].re - b[i].re, a[i].im - b[i].im));
    printf("%.3g\n", worst);
    free(a);
    free(b);
    ek_session_destroy(&session);
    return worst <= 1e-12 ? 0 : 1;
}
