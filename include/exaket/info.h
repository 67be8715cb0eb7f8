/* What this build and this job are. */
#ifndef EXAKET_INFO_H
#define EXAKET_INFO_H

#include <exaket/session.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" and the commit it was built from ("unknown" outside a checkout). Local. */
const char *ek_version(void);
const char *ek_commit(void);

enum { EK_FACT_NUMBERS = 3 };

/* One fact: a key such as "compiler" and its value as text; and the numbers in that, if it is made
 * of any, by names of their own such as "memory_per_node_bytes". */
typedef struct ek_fact {
    const char *key;
    char value[512];
    int number_count;
    struct {
        const char *key;
        uint64_t value;
    } number[EK_FACT_NUMBERS];
} ek_fact;

/* Fills at most `capacity` facts about build, libraries, machine, ranks, threads and the largest
 * state that fits, and gives their number. Collective: the smallest memory of all ranks counts. */
ek_status ek_info(ek_session *session, size_t capacity, ek_fact *facts, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
