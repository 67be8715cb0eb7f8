#include "state/state.h"

/* Memory that more states may take on each rank of this node, `bytes` each. */
static ek_status check_memory(ek_session *session, double bytes, int qubits, int states)
{
    const double available = (double)ek_available_memory_bytes() / ek_session_node_ranks(session);
    char needs[32], has[32], count[48] = "";
    if (available <= 0 || states * bytes <= available) return EK_OK;
    if (states > 1) snprintf(count, sizeof count, " for %d states at once", states);
    return EK_FAIL(EK_ERROR_MEMORY,
                   "%d qubits on %d rank%s need %s per rank%s, but %s are available: use more "
                   "ranks, single precision or fewer qubits",
                   qubits, ek_session_size(session), EK_PLURAL(ek_session_size(session)),
                   ek_format_bytes(states * bytes, needs), count,
                   ek_format_bytes(available, has));
}

ek_status ek_states_check(ek_session *session, int qubits, ek_precision precision, int states)
{
    const int ranks = ek_session_size(session);
    if (qubits < 1 || qubits > EK_QUBITS_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "%d qubits: a state has 1 to %d", qubits, EK_QUBITS_MAX);
    if (precision != EK_DOUBLE && precision != EK_SINGLE)
        return EK_FAIL(EK_ERROR_ARGUMENT, "precision %d is unknown", (int)precision);
    if (!ek_is_power_of_two((uint64_t)ranks) || ek_fault_due(EK_FAULT_RANKS))
        return EK_FAIL(EK_ERROR_RANKS, "%d ranks: one state needs a power of two (1, 2, 4, ...)",
                       ranks);
    if (ek_log2((uint64_t)ranks) >= qubits)
        return EK_FAIL(EK_ERROR_RANKS,
                       "%d qubit%s on %d ranks: use at most %d, so that each rank has "
                       "a qubit of its own",
                       qubits, EK_PLURAL(qubits), ranks, 1 << (qubits - 1));
    const double bytes =
        (double)(UINT64_C(1) << qubits) / ranks * (precision == EK_SINGLE ? 8 : 16);
    return check_memory(session, bytes, qubits, states);
}

/* Each page is touched first by the thread that will work on it. */
static void touch(ek_state *state)
{
    const size_t count = ek_state_local_count(state);
    const int threads = ek_session_threads(state->session);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < count; i++) ek_state_put(state, i, (ek_complex){0, 0});
}

ek_status ek_state_create(ek_session *session, int qubits, ek_precision precision,
                          ek_state **state)
{
    ek_state *fresh = NULL;
    ek_status status = ek_states_check(session, qubits, precision, 1);
    if (status == EK_OK) status = EK_NEW(fresh, 1);
    status = ek_session_agree(session, status);
    const int shape[2] = {qubits, (int)precision};
    if (status == EK_OK)
        status = ek_agree_same(session, shape, sizeof shape, "the state's qubits or precision");
    if (status == EK_OK) {
        fresh->local_slots = qubits - ek_log2((uint64_t)ek_session_size(session));
        const size_t bytes = (precision == EK_SINGLE ? (size_t)8 : 16) << fresh->local_slots;
        status = ek_shared_create(session, bytes, &fresh->memory);
        fresh->amplitudes = fresh->memory.own;
    }
    if (status != EK_OK) {
        ek_state_destroy(&fresh);
        return status;
    }
    fresh->session = session;
    fresh->qubits = qubits;
    fresh->precision = precision;
    fresh->kernels = ek_kernels_get(precision);
    ek_layout_identity(qubits, &fresh->layout);
    touch(fresh);
    if (ek_session_rank(session) == 0) ek_state_put(fresh, 0, (ek_complex){1, 0});
    *state = fresh;
    return EK_OK;
}

void ek_state_destroy(ek_state **state)
{
    if (!state || !*state) return;
    ek_shared_clear(&(*state)->memory);
    ek_release(*state);
    *state = NULL;
}

ek_status ek_state_borrow(ek_state *state, void **amplitudes)
{
    if (state->borrowed)
        return EK_FAIL(EK_ERROR_BUSY,
                       "the state's amplitudes are borrowed already: restore them first");
    state->borrowed = true;
    *amplitudes = state->amplitudes;
    return EK_OK;
}

void ek_state_restore(ek_state *state, void **amplitudes)
{
    state->borrowed = false;
    *amplitudes = NULL;
}

ek_status ek_state_prepare(ek_state *state, const ek_initial *initial)
{
    struct ek_layout layout;
    double *partial = NULL;
    ek_status status = ek_initial_check(initial, state->qubits);
    if (status == EK_OK && state->borrowed)
        status = EK_FAIL(EK_ERROR_BUSY, "the state's amplitudes are borrowed: restore them first");
    if (status == EK_OK) status = EK_NEW_RAW(partial, ek_partials(state->local_slots));
    const uint64_t digest = status == EK_OK ? ek_initial_digest(0, initial, state->qubits) : 0;
    status = ek_agree_digest(state->session, status, digest, "the initial state");
    if (status == EK_OK) {
        ek_layout_identity(state->qubits, &layout);
        ek_state_fill(state, initial, &layout, partial);
    }
    ek_release(partial);
    return status;
}

int ek_state_qubits(const ek_state *state)
{
    return state->qubits;
}
ek_precision ek_state_precision(const ek_state *state)
{
    return state->precision;
}
ek_session *ek_state_session(const ek_state *state)
{
    return state->session;
}
uint64_t ek_state_bytes_sent(const ek_state *state)
{
    return state->bytes_sent;
}
size_t ek_state_bytes_per_rank(const ek_state *state)
{
    return ek_state_local_count(state) * (state->precision == EK_SINGLE ? 8 : 16);
}
