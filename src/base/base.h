/* base: what every other room stands on. Owns status records, aligned memory with its fault hook,
 * bit tricks, counter-based random numbers, fixed-order sums, clock, machine facts (hwloc), and
 * text buffers. May include nothing of the project but its public headers. */
#ifndef EK_BASE_H
#define EK_BASE_H

#include <exaket/log.h>
#include <exaket/status.h>
#include <exaket/text.h>
#include <exaket/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- status ------------------------------------------------------------------------------- */

/* Records a failure of the calling thread and returns `code`. Use EK_FAIL, which adds
 * the place. */
__attribute__((format(printf, 4, 5))) ek_status
ek_fail_at(const char *file, int line, ek_status code, const char *format, ...);

#define EK_FAIL(code, ...) ek_fail_at(__FILE__, __LINE__, (code), __VA_ARGS__)

/* Leaves the calling function with the status of `call` when that is a failure. */
#define EK_TRY(call)                                                                              \
    do {                                                                                          \
        ek_status ek_try_status = (call);                                                         \
        if (ek_try_status != EK_OK) return ek_try_status;                                         \
    } while (0)

/* A failure as data, so that the room comm can carry it to other ranks. */
struct ek_failure {
    ek_status code;
    int line;
    int rank;
    char file[64];
    char message[1024];
};
void ek_failure_get(struct ek_failure *failure);
void ek_failure_set(const struct ek_failure *failure);
/* The rank to note in failures of this process (-1 before any session). */
void ek_failure_set_rank(int rank);

/* ---- memory and injected faults ------------------------------------------------------------ */

/* Allocates `bytes` (0 gives a valid pointer) at a 64-byte boundary; from 4 MiB on at 2 MiB with
 * large pages asked for. Not initialised. Release with ek_release, which takes null. */
ek_status ek_allocate_bytes(size_t bytes, void **memory);
void ek_release(void *memory);

/* As above, for `count` elements of `size` bytes set to zero; an overflow of the product fails. */
ek_status ek_allocate_zeroed(size_t count, size_t size, void **memory);

/* Allocates `count` elements for the pointer variable `pointer`: zeroed, or left as they are. */
#define EK_NEW(pointer, count)                                                                    \
    ek_allocate_zeroed((size_t)(count), sizeof *(pointer), (void **)&(pointer))
#define EK_NEW_RAW(pointer, count)                                                                \
    ek_allocate_bytes((size_t)(count) * sizeof *(pointer), (void **)&(pointer))

/* Grows `*memory` (of `used` elements of `size` bytes) so that `needed` fit; doubles
 * `*capacity`. */
ek_status ek_grow(void **memory, size_t used, size_t size, size_t needed, size_t *capacity);

/* Copy of a string, to be released with ek_release. */
ek_status ek_copy_string(const char *text, char **copy);

/* Fault hook for tests: the n-th (1 = next) operation of a kind fails in this process; 0 = off. */
enum ek_fault {
    EK_FAULT_ALLOCATE,
    EK_FAULT_WRITE,
    EK_FAULT_RANKS,
    EK_FAULT_BIT, /* a bit of a state flips after a pass or a reshuffle; in a validation a bit of
                   * a message, or an amplitude's phase is wrong */
    EK_FAULT_PARCEL, /* amplitudes from another rank are lost on the way */
    EK_FAULT_KINDS
};
void ek_fault_set(enum ek_fault kind, long nth);
/* True when the operation that asks must fail now. */
bool ek_fault_due(enum ek_fault kind);

/* ---- bits ---------------------------------------------------------------------------------- */

static inline uint64_t ek_bit(int position)
{
    return UINT64_C(1) << position;
}
static inline uint64_t ek_low_bits(int count)
{
    return count >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;
}
static inline int ek_popcount(uint64_t bits)
{
    return __builtin_popcountll(bits);
}
static inline int ek_parity(uint64_t bits)
{
    return __builtin_parityll(bits);
}
static inline int ek_lowest_bit(uint64_t bits)
{
    return __builtin_ctzll(bits);
}
static inline int ek_highest_bit(uint64_t bits)
{
    return 63 - __builtin_clzll(bits);
}
static inline int ek_log2(uint64_t power_of_two)
{
    return __builtin_ctzll(power_of_two);
}
static inline bool ek_is_power_of_two(uint64_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Spreads the low bits of `value` over the set bits of `mask`, lowest first (x86's pdep). */
static inline uint64_t ek_deposit(uint64_t value, uint64_t mask)
{
    uint64_t result = 0;
    for (uint64_t bit = 1; mask != 0; bit <<= 1, mask &= mask - 1)
        if (value & bit) result |= mask & -mask;
    return result;
}

/* Collects the bits of `value` under `mask` into the low bits, lowest first (x86's pext). */
static inline uint64_t ek_extract(uint64_t value, uint64_t mask)
{
    uint64_t result = 0;
    for (uint64_t bit = 1; mask != 0; bit <<= 1, mask &= mask - 1)
        if (value & mask & -mask) result |= bit;
    return result;
}

/* ---- complex numbers ------------------------------------------------------------------------ */

static inline ek_complex ek_times(ek_complex a, ek_complex b)
{
    return (ek_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static inline ek_complex ek_conjugate(ek_complex z)
{
    return (ek_complex){z.re, -z.im};
}

/* ---- random numbers ------------------------------------------------------------------------ */

/* Streams keep uses of one seed apart; an index within a stream names one draw. Philox 4x64-10
 * (Salmon et al. 2011, Random123), so that any rank computes any draw. */
enum ek_stream {
    EK_STREAM_STATE = 1,
    EK_STREAM_SHOTS,
    EK_STREAM_ANGLES,
    EK_STREAM_GRAPH,
    EK_STREAM_CIRCUIT,
    EK_STREAM_SWEEP
};
void ek_random_bits(uint64_t seed, enum ek_stream stream, uint64_t index, uint64_t bits[4]);
/* The first of these for each of `count` indices first + index[i], in their place. */
void ek_random_first_bits(uint64_t seed, enum ek_stream stream, uint64_t first, size_t count,
                          uint64_t *index);
/* Uniform in [0, 1), 53 bits. */
double ek_random_uniform(uint64_t seed, enum ek_stream stream, uint64_t index);
/* Two independent standard normal draws (Box-Muller). */
void ek_random_normals(uint64_t seed, enum ek_stream stream, uint64_t index, double normals[2]);
/* Uniform integer in [0, bound), bound > 0 (multiply-shift; bias below bound/2^64). */
uint64_t ek_random_below(uint64_t seed, enum ek_stream stream, uint64_t index, uint64_t bound);

/* ---- digests ------------------------------------------------------------------------------- */

/* XXH3 of the bytes, chained by `before` (0 at first): the same on machines of the same
 * endianness. */
uint64_t ek_digest(uint64_t before, const void *bytes, size_t count);

/* ---- sums, clock, text --------------------------------------------------------------------- */

/* Sum of `count` numbers by pairwise halving: an order that depends on `count` alone, error
 * growing with log2(count). */
double ek_sum_fixed_order(const double *values, size_t count);

/* Seconds of a clock that never goes back. */
double ek_clock_seconds(void);

/* A text that grows: for building messages, tables and plans. Zero-initialise; a failure sticks
 * and is returned by ek_text_status. Release with ek_text_clear. */
struct ek_text {
    char *bytes; /* null-terminated, or null while empty */
    size_t length, capacity;
    ek_status status;
};
__attribute__((format(printf, 2, 3))) void ek_text_printf(struct ek_text *text, const char *format,
                                                          ...);
void ek_text_clear(struct ek_text *text);

/* ---- the machine below us (hwloc) ----------------------------------------------------------- */

struct ek_machine_facts {
    int cores, numa_nodes, packages;
    size_t l1_bytes, l2_bytes, l3_bytes; /* one instance of each; 0 when unknown */
    int l1_ways;                         /* likewise */
    bool l1_hashed;                      /* AMD's, which looks lines up by a hash of addresses */
    size_t memory_bytes;                 /* of the whole node, or of the control group if less */
    char processor[128];
};
/* Asks hwloc once and remembers. */
const struct ek_machine_facts *ek_machine_facts_get(void);
/* Instruction sets that kernels are written for and that this processor has, best first: "avx512",
 * "avx2", "baseline"; null behind the last. */
const char *ek_instruction_set(int index);
const char *ek_hwloc_version(char *out); /* out of at least 32 bytes */
/* Highest resident memory of this process so far. */
size_t ek_peak_memory_bytes(void);
/* Memory of the node that is available now; a test lowers it, 0 for no longer. */
size_t ek_available_memory_bytes(void);
void ek_available_memory_set(size_t most_bytes);
/* Whether the kernel gives large pages to those who ask, for memory of one process or for memory
 * that processes share; and its word for that, such as "madvise" and "advise", or "unknown", in at
 * least 32 bytes. */
bool ek_large_pages(bool shared, char *word);

#endif
