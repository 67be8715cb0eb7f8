/* Fourier transforms: gates or FFTW. */
#include "plan/plan.h"

enum {
    WIDEST_PART = 13,   /* targets of one FFTW transform: its tile stays near the L2 cache */
    COLUMN_SLOTS = 4,   /* 16 amplitudes: what memory delivers at full speed */
    LARGEST_TILE = 17,  /* slots: 2 MiB in double precision */
    NEVER = 127
};

/* Nanoseconds of one thread per amplitude, measured at 18 to 24 qubits in double and in single
 * precision; see benchmarks/README.md. FFTW's tiles are in double precision always. */
static const double GATES_NS_PER_PAIR[] = {0.028, 0.017}, GATES_NS_PER_PASS[] = {2.2, 1.2};
static const double FFTW_NS_PER_QUBIT = 0.5, FFTW_NS_PER_PASS[] = {1, 1};

int ek_plan_column_slots(const ek_plan *plan, int targets)
{
    int slots = COLUMN_SLOTS;
    if (slots > LARGEST_TILE - targets) slots = LARGEST_TILE - targets;
    if (slots > plan->reach_slots - targets) slots = plan->reach_slots - targets;
    return slots;
}

static int widest_part(const ek_plan *plan)
{
    return plan->reach_slots < WIDEST_PART ? plan->reach_slots : WIDEST_PART;
}

static double gates_ns(const ek_plan *plan, int count)
{
    const ek_precision precision = plan->options.precision;
    const int tile = plan->options.tile_qubits
                         ? plan->options.tile_qubits
                         : ek_plan_default_tile(&plan->options, plan->local_slots);
    return GATES_NS_PER_PAIR[precision] * count * (count + 1) / 2 +
           GATES_NS_PER_PASS[precision] * ((count + tile - 1) / tile);
}

static double fftw_ns(const ek_plan *plan, int count)
{
    const int widest = widest_part(plan), parts = (count + widest - 1) / widest;
    return FFTW_NS_PER_QUBIT * count + FFTW_NS_PER_PASS[plan->options.precision] * parts;
}

/* Fewest qubits of a transform for which FFTW is the faster. */
static int fewest_for_fftw(const ek_plan *plan)
{
    int count = NEVER;
    while (count > 1 && fftw_ns(plan, count - 1) < gates_ns(plan, count - 1)) count--;
    return count;
}

ek_status ek_plan_fourier(ek_plan *plan)
{
    const ek_qft_method method = plan->options.qft;
    int fewest = NEVER;
    if (method != EK_QFT_AUTO && method != EK_QFT_GATES && method != EK_QFT_FFTW)
        return EK_FAIL(EK_ERROR_ARGUMENT, "Fourier transforms by method %d are unknown",
                       (int)method);
#ifdef EXAKET_HAVE_FFTW
    if (method == EK_QFT_FFTW) fewest = 1;
    if (method == EK_QFT_AUTO) fewest = fewest_for_fftw(plan);
    if (method != EK_QFT_GATES) EK_TRY(ek_fourier_find(plan->circuit));
#else
    (void)fewest_for_fftw;
    if (method == EK_QFT_FFTW)
        return EK_FAIL(EK_ERROR_UNSUPPORTED, "this build has no FFTW: use gates, or build with "
                       "-DEXAKET_FFTW=ON");
#endif
    return ek_fourier_expand(plan->circuit, fewest, widest_part(plan));
}
