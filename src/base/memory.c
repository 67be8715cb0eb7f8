#define _GNU_SOURCE
#include "base/base.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { CACHE_LINE = 64, LARGE_PAGE = 2 << 20, LARGE_FROM = 4 << 20 };

static atomic_long countdown[EK_FAULT_KINDS];

void ek_fault_set(enum ek_fault kind, long nth) { atomic_store(&countdown[kind], nth); }

bool ek_fault_due(enum ek_fault kind)
{
    if (atomic_load_explicit(&countdown[kind], memory_order_relaxed) <= 0) return false;
    return atomic_fetch_sub(&countdown[kind], 1) == 1;
}

ek_status ek_allocate_bytes(size_t bytes, void **memory)
{
    const bool large = bytes >= LARGE_FROM;
    const size_t alignment = large ? LARGE_PAGE : CACHE_LINE;
    const size_t whole = bytes == 0 ? CACHE_LINE : (bytes + alignment - 1) / alignment * alignment;
    void *fresh = NULL;
    char size[32];
    if (ek_fault_due(EK_FAULT_ALLOCATE))
        return EK_FAIL(EK_ERROR_MEMORY, "injected fault: no memory for %zu bytes", bytes);
    if (whole >= bytes) fresh = aligned_alloc(alignment, whole);
    if (!fresh)
        return EK_FAIL(EK_ERROR_MEMORY, "cannot allocate %s; use more ranks or fewer qubits",
                       ek_format_bytes((double)bytes, size));
    if (large) madvise(fresh, whole, MADV_HUGEPAGE); /* a wish: failing it costs only speed */
    *memory = fresh;
    return EK_OK;
}

void ek_release(void *memory) { free(memory); }

ek_status ek_allocate_zeroed(size_t count, size_t size, void **memory)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return EK_FAIL(EK_ERROR_MEMORY, "%zu elements of %zu bytes exceed the address space",
                       count, size);
    EK_TRY(ek_allocate_bytes(bytes, memory));
    memset(*memory, 0, bytes);
    return EK_OK;
}

ek_status ek_grow(void **memory, size_t used, size_t size, size_t needed, size_t *capacity)
{
    if (needed <= *capacity) return EK_OK;
    size_t wanted = *capacity < 8 ? 8 : 2 * *capacity;
    if (wanted < needed) wanted = needed;
    void *bigger;
    EK_TRY(ek_allocate_zeroed(wanted, size, &bigger));
    if (used > 0) memcpy(bigger, *memory, used * size);
    ek_release(*memory);
    *memory = bigger;
    *capacity = wanted;
    return EK_OK;
}

ek_status ek_copy_string(const char *text, char **copy)
{
    const size_t bytes = strlen(text) + 1;
    void *fresh;
    EK_TRY(ek_allocate_bytes(bytes, &fresh));
    memcpy(fresh, text, bytes);
    *copy = fresh;
    return EK_OK;
}
