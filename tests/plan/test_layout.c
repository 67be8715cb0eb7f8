#include "plan/layout.h"
#include "support/harness.h"

/* A random layout by random transpositions. */
static void scramble(int qubits, uint64_t seed, struct ek_layout *layout)
{
    ek_layout_identity(qubits, layout);
    for (int q = qubits - 1; q > 0; q--) {
        const int other =
            (int)ek_random_below(seed, EK_STREAM_CIRCUIT, (uint64_t)q, (uint64_t)q + 1);
        const ek_slot kept = layout->slot[q];
        layout->slot[q] = layout->slot[other];
        layout->slot[other] = kept;
    }
    layout->inverted = ek_random_below(seed, EK_STREAM_CIRCUIT, 1000, ek_bit(qubits));
}

/* Bit by bit, straight from the definition. */
static uint64_t physical_by_definition(const struct ek_layout *layout, uint64_t logical)
{
    uint64_t physical = 0;
    for (int q = 0; q < layout->qubits; q++) {
        const int slot = layout->slot[q].at;
        const uint64_t bit = (logical >> q & 1) ^ (layout->inverted >> slot & 1);
        physical |= bit << slot;
    }
    return physical;
}

static void test_physical_and_logical(void)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct ek_layout layout;
        struct ek_layout_reader reader;
        const int qubits = 1 + (int)seed;
        scramble(qubits, seed, &layout);
        ek_layout_reader_set(&layout, &reader);
        for (uint64_t k = 0; k < 64; k++) {
            const uint64_t x = ek_random_below(99, EK_STREAM_STATE, k, ek_bit(qubits));
            const uint64_t physical = physical_by_definition(&layout, x);
            CHECK(ek_layout_physical(&layout, x) == physical);
            CHECK(ek_layout_logical(&layout, physical) == x);
            CHECK(ek_layout_read(&reader, physical) == x);
        }
        for (int q = 0; q < qubits; q++) CHECK(ek_layout_qubit_at(&layout, layout.slot[q]) == q);
    }
}

static void test_composition(void)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct ek_layout first, then, both;
        scramble(9, seed, &first);
        scramble(9, seed + 100, &then);
        ek_layout_compose(&first, &then, &both);
        for (uint64_t x = 0; x < 512; x++)
            CHECK(physical_by_definition(&both, x) ==
                  physical_by_definition(&then, physical_by_definition(&first, x)));
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"physical and logical indices", test_physical_and_logical},
        {"composition", test_composition},
    };
    return test_main(argc, argv, "plan: layout", cases, sizeof cases / sizeof *cases);
}
