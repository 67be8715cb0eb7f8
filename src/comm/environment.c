/* Variables of the environment that change how things are computed: a value that means nothing
 * would else give the default's numbers another's name. */
#include "comm/comm.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Null where it is not set, or empty. */
static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

/* "avx2, baseline" */
static void list_instruction_sets(char *list, size_t capacity)
{
    for (int i = 0; ek_instruction_set(i); i++) {
        const size_t used = i > 0 ? strlen(list) : 0;
        snprintf(list + used, capacity - used, "%s%s", i > 0 ? ", " : "", ek_instruction_set(i));
    }
}

static ek_status check_instruction_set(void)
{
    const char *value = value_of("EXAKET_ISA");
    char list[64];
    if (!value) return EK_OK;
    for (int i = 0; ek_instruction_set(i); i++)
        if (strcmp(value, ek_instruction_set(i)) == 0) return EK_OK;
    list_instruction_sets(list, sizeof list);
    return EK_FAIL(EK_ERROR_ARGUMENT, "EXAKET_ISA is '%.64s', but this processor has %s: give one "
                   "of these, or unset it for the first", value, list);
}

static ek_status check_hand_over(void)
{
    const char *value = value_of("EXAKET_HAND_OVER");
    if (!value || strcmp(value, "on") == 0 || strcmp(value, "off") == 0) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "EXAKET_HAND_OVER is '%.64s': give on or off, or unset it "
                   "for what suits this processor", value);
}

static ek_status check_shared_ranks(void)
{
    const char *value = value_of("EXAKET_SHARED_RANKS");
    char *end;
    if (!value) return EK_OK;
    const long ranks = strtol(value, &end, 10);
    if (*end == '\0' && ranks >= 1 && ranks <= INT_MAX) return EK_OK;
    return EK_FAIL(EK_ERROR_ARGUMENT, "EXAKET_SHARED_RANKS is '%.64s': give a whole number of "
                   "ranks, 1 for none that share memory, or unset it for all of a node", value);
}

ek_status ek_environment_check(void)
{
    EK_TRY(check_instruction_set());
    EK_TRY(check_hand_over());
    return check_shared_ranks();
}
