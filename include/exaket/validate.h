/* Validation of a machine: circuits whose answers are known at any size, run on all of it, and the
 * speed of each rank's memory. */
#ifndef EXAKET_VALIDATE_H
#define EXAKET_VALIDATE_H

#include <exaket/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every check but the first runs circuits and compares each amplitude with what it must be. */
typedef enum ek_validate_check {
    EK_VALIDATE_MESSAGES = 0, /* patterns between all pairs of ranks; of more than 1024 ranks those
                               * that differ in one bit */
    EK_VALIDATE_LOCAL_TURNS, /* RY and RZ on each qubit that a rank holds; what goes wrong stays on
                              * its rank, here and in the next */
    EK_VALIDATE_LOCAL_MIRROR, /* layers of RY, RZ and CZ on the qubits that a rank holds, and
                               * their inverse */
    EK_VALIDATE_SPINS,        /* H on each qubit of a basis state; <X>, <Y>, <Z> of each as well */
    EK_VALIDATE_QFT,          /* Fourier transform of a basis state */
    EK_VALIDATE_QFT_INVERSE,  /* Fourier transform and its inverse */
    EK_VALIDATE_ADDER,        /* sums of two numbers and a carry in superposition (Cuccaro et al.
                               * 2004) */
    EK_VALIDATE_MIRROR,       /* layers as above on all qubits, and their inverse */
    EK_VALIDATE_CHECKS
} ek_validate_check;

/* "messages", "local-turns", ...; null behind the last. Local. */
const char *ek_validate_name(ek_validate_check check);

/* Zero means the default everywhere. The same on all ranks. */
typedef struct ek_validate_options {
    int qubits; /* at least 4; default the most whose state takes at most a quarter of the
                 * available memory of the ranks, and 512 MiB per thread: about a minute */
    ek_precision precision;
} ek_validate_options;

/* What one rank found. */
typedef struct ek_validate_rank {
    char host[64];
    double stream_bytes_per_second;  /* read and written, in the best of 5 passes */
    double message_bytes_per_second; /* sent while as many are received; 0 on one rank */
    double partner;                  /* that sent the last wrong message; -1: none */
    double error[EK_VALIDATE_CHECKS]; /* largest deviation of its amplitudes times 2^(qubits/2); of
                                       * messages, the wrong ones */
    double seconds[EK_VALIDATE_CHECKS];
} ek_validate_rank;

typedef struct ek_validate_result {
    int qubits, ranks;
    ek_precision precision;
    uint64_t state_bytes_per_rank;    /* of one state */
    uint64_t peak_rss_bytes_per_rank; /* of the rank with the highest */
    double tolerance;                     /* of the deviations here and of ranks, but messages */
    double deviation[EK_VALIDATE_CHECKS]; /* of the norm from 1, and of the spins */
    int wrong_ranks[EK_VALIDATE_CHECKS];  /* whose error is too large */
    int failures;                         /* checks */
    double median_stream_bytes_per_second;
    int slow_ranks;         /* see ek_validate_is_slow */
    int small_page_ranks;   /* whose state the kernel gives no large pages */
    ek_validate_rank *rank; /* `ranks` entries */
} ek_validate_result;

/* Runs all checks. Collective. Holds one state, and one after the other message buffers of the
 * session's size and those of programs. A check that fails is no error: see `failures`. The result
 * is the same on all ranks; the caller frees it with ek_validate_free. EK_ERROR_ARGUMENT for
 * options out of range; EK_ERROR_RANKS and EK_ERROR_MEMORY as ek_state_create. */
ek_status ek_validate(ek_session *session, const ek_validate_options *options,
                      ek_validate_result *result);
/* Local; accepts a zeroed one. */
void ek_validate_free(ek_validate_result *result);

/* Whether a check has failed; whether it has on a rank; whether a rank's memory is more than 25%
 * slower than the median. Local. */
int ek_validate_failed(const ek_validate_result *result, ek_validate_check check);
int ek_validate_is_wrong(const ek_validate_result *result, ek_validate_check check, int rank);
int ek_validate_is_slow(const ek_validate_result *result, int rank);

/* The result as one JSON object, to be freed with ek_text_free. Local. EK_ERROR_MEMORY. */
ek_status ek_validate_json(const ek_session *session, const ek_validate_result *result,
                           char **text);

#ifdef __cplusplus
}
#endif
#endif
