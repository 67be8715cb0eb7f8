/* What a process holds of the system, so that tests can see that nothing stays behind. */
#ifndef EK_TEST_HOLDINGS_H
#define EK_TEST_HOLDINGS_H

struct holdings {
    int files, mappings;
    long kibibytes;
};

/* Open files, mappings and resident memory of this process. Local. */
struct holdings test_holdings(void);
/* Checks that `after` so many cycles there are no more files and mappings than `before`, and that
 * the memory has not grown but by what libraries keep; rank 0 prints both. Local. */
void test_check_holdings(int cycles, const struct holdings *before,
                         const struct holdings *after);

/* How many cycles: $EXAKET_TEST_CYCLES, else `usual`. Local. */
int test_cycles(int usual);

#endif
