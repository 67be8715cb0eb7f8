#include "io/qasm_source.h"

#include <stdarg.h>
#include <string.h>

/* ---- memory -------------------------------------------------------------------------------- */

enum { BLOCK_BYTES = 64 << 10, ALIGNMENT = 16 };

struct qasm_block {
    struct qasm_block *next;
    size_t capacity; /* bytes behind this head */
};

static size_t round_up(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static bool add_block(struct qasm_arena *arena, size_t bytes)
{
    const size_t capacity = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    void *memory = NULL;
    if (ek_allocate_bytes(round_up(sizeof(struct qasm_block)) + capacity, &memory) != EK_OK)
        return false;
    struct qasm_block *block = memory;
    *block = (struct qasm_block){arena->blocks, capacity};
    arena->blocks = block;
    arena->used = 0;
    return true;
}

void *ek_qasm_arena_take(struct qasm_arena *arena, size_t bytes)
{
    const size_t needed = round_up(bytes);
    const bool fits = arena->blocks && needed <= arena->blocks->capacity - arena->used;
    if (!fits && !add_block(arena, needed)) return NULL;
    void *memory = (char *)arena->blocks + round_up(sizeof(struct qasm_block)) + arena->used;
    arena->used += needed;
    return memset(memory, 0, bytes);
}

void ek_qasm_arena_reset(struct qasm_arena *arena)
{
    while (arena->blocks && arena->blocks->next) {
        struct qasm_block *old = arena->blocks;
        arena->blocks = old->next;
        ek_release(old);
    }
    arena->used = 0;
}

void ek_qasm_arena_clear(struct qasm_arena *arena)
{
    ek_qasm_arena_reset(arena);
    ek_release(arena->blocks);
    arena->blocks = NULL;
}

/* ---- names --------------------------------------------------------------------------------- */

/* FNV-1a. */
static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

/* The slot that has the spelling, or the free one where it belongs. */
static size_t find_slot(const struct qasm_names *names, const char *text, size_t length,
                        uint32_t hash)
{
    size_t slot = hash & (names->slot_count - 1);
    for (; names->slots[slot]; slot = (slot + 1) & (names->slot_count - 1)) {
        const struct qasm_name *name = &names->list[names->slots[slot] - 1];
        if (name->hash == hash && name->length == length && memcmp(name->text, text, length) == 0)
            break;
    }
    return slot;
}

/* Doubles the table when it is half full. */
static ek_status grow_slots(struct qasm_names *names)
{
    if (2 * (names->count + 1) <= names->slot_count) return EK_OK;
    int *fresh = NULL;
    const size_t wanted = names->slot_count ? 2 * names->slot_count : 1024;
    EK_TRY(EK_NEW(fresh, wanted));
    ek_release(names->slots);
    names->slots = fresh;
    names->slot_count = wanted;
    for (size_t i = 0; i < names->count; i++) {
        const struct qasm_name *name = &names->list[i];
        names->slots[find_slot(names, name->text, name->length, name->hash)] = (int)i + 1;
    }
    return EK_OK;
}

static ek_status add_name(struct qasm_names *names, const char *text, size_t length, uint32_t hash)
{
    void *list = names->list;
    EK_TRY(ek_grow(&list, names->count, sizeof *names->list, names->count + 1, &names->capacity));
    names->list = list;
    char *copy = ek_qasm_arena_take(&names->texts, length + 1);
    if (!copy) return EK_ERROR_MEMORY;
    memcpy(copy, text, length);
    names->list[names->count++] =
        (struct qasm_name){.text = copy, .length = (uint32_t)length, .hash = hash};
    return EK_OK;
}

ek_status ek_qasm_name(struct qasm_names *names, const char *text, size_t length, int *name)
{
    const uint32_t hash = hash_of(text, length);
    EK_TRY(grow_slots(names));
    const size_t slot = find_slot(names, text, length, hash);
    if (!names->slots[slot]) {
        EK_TRY(add_name(names, text, length, hash));
        names->slots[slot] = (int)names->count;
    }
    *name = names->slots[slot] - 1;
    return EK_OK;
}

void ek_qasm_names_clear(struct qasm_names *names)
{
    ek_release(names->list);
    ek_release(names->slots);
    ek_qasm_arena_clear(&names->texts);
    *names = (struct qasm_names){0};
}

/* ---- files --------------------------------------------------------------------------------- */

ek_status ek_qasm_source_add(struct qasm_sources *sources, const char *path, const char *text,
                             size_t length, char *owned, struct qasm_place included_at)
{
    void *list = sources->list;
    struct qasm_source fresh = {
        .text = text, .length = length, .owned = owned, .number = -1, .included_at = included_at};
    EK_TRY(ek_grow(&list, sources->count, sizeof fresh, sources->count + 1, &sources->capacity));
    sources->list = list;
    EK_TRY(ek_copy_string(path, &fresh.path));
    sources->list[sources->count++] = fresh;
    return EK_OK;
}

void ek_qasm_sources_clear(struct qasm_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        ek_release(sources->list[i].path);
        ek_release(sources->list[i].owned);
        ek_release(sources->list[i].line_starts);
    }
    ek_release(sources->list);
    *sources = (struct qasm_sources){0};
}

/* ---- places -------------------------------------------------------------------------------- */

/* Behind the next end of a line ("\n", "\r\n" or "\r"), or null when there is none. */
static const char *next_line(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == '\n') return at + 1;
        if (*at == '\r') return at + (at + 1 < end && at[1] == '\n' ? 2 : 1);
    }
    return NULL;
}

static ek_status index_lines(struct qasm_source *source)
{
    const char *end = source->text + source->length;
    size_t count = 1;
    if (source->line_starts) return EK_OK;
    for (const char *at = source->text; (at = next_line(at, end)) != NULL;) count++;
    EK_TRY(EK_NEW(source->line_starts, count));
    source->line_count = 1;
    for (const char *at = source->text; (at = next_line(at, end)) != NULL;)
        source->line_starts[source->line_count++] = (uint32_t)(at - source->text);
    return EK_OK;
}

/* Number, from 0, of the line that has the byte. */
static size_t find_line(const struct qasm_source *source, uint32_t offset)
{
    size_t low = 0, high = source->line_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Bytes of the character at `at`: of UTF-8, or 1 where the bytes are none. */
static uint32_t character_bytes(const struct qasm_source *source, uint32_t at)
{
    const unsigned char *bytes = (const unsigned char *)source->text + at;
    const uint32_t count = bytes[0] < 0xC2   ? 1
                           : bytes[0] < 0xE0 ? 2
                           : bytes[0] < 0xF0 ? 3
                           : bytes[0] < 0xF5 ? 4
                                             : 1;
    if (count > source->length - at) return 1;
    for (uint32_t i = 1; i < count; i++)
        if ((bytes[i] & 0xC0) != 0x80) return 1;
    return count;
}

/* Behind a byte order mark, if the file begins with one. */
static uint32_t first_byte(const struct qasm_source *source)
{
    return source->length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

ek_status ek_qasm_locate(struct qasm_sources *sources, struct qasm_place place, uint32_t *line,
                         uint32_t *column)
{
    enum { LONG_LINE = 4096 };
    struct qasm_source *source = &sources->list[place.file];
    EK_TRY(index_lines(source));
    const size_t found = find_line(source, place.offset);
    uint32_t start = source->line_starts[found];
    if (start == 0) start = first_byte(source);
    *line = (uint32_t)found + 1;
    *column = place.offset < start ? 1 : place.offset - start + 1;
    if (*column > LONG_LINE) return EK_OK;
    *column = 1;
    for (uint32_t i = start; i < place.offset; i += character_bytes(source, i)) ++*column;
    return EK_OK;
}

/* ---- failures ------------------------------------------------------------------------------ */

/* At most so many characters of the line are shown, the place among them. */
enum { SHOWN = 72, SHOWN_BEFORE = 48 };

/* Copies characters up to the end of the line: blanks for what moves the cursor, question marks
 * for what is no text. */
static void copy_shown(const struct qasm_source *source, uint32_t from, char *out)
{
    for (int shown = 0; shown < SHOWN && from < source->length; shown++) {
        const unsigned char byte = (unsigned char)source->text[from];
        const uint32_t count = character_bytes(source, from);
        if (byte == '\n' || byte == '\r') break;
        memcpy(out, source->text + from, count);
        if (byte < 0x20 || byte == 0x7F)
            *out = ' ';
        else if (byte >= 0x80 && count == 1)
            *out = '?';
        out += count;
        from += count;
    }
    *out = '\0';
}

/* Where to begin so that the place is among what is shown, and how many characters precede it. */
static uint32_t choose_window(const struct qasm_source *source, uint32_t start,
                              struct qasm_place place, int *before)
{
    const uint32_t most = 4 * SHOWN_BEFORE; /* bytes */
    uint32_t from = place.offset - start > most ? place.offset - most : start;
    while (from > start && from < place.offset &&
           ((unsigned char)source->text[from] & 0xC0) == 0x80)
        from++; /* not within a character */
    *before = 0;
    for (uint32_t i = from; i < place.offset; i += character_bytes(source, i)) ++*before;
    for (; *before > SHOWN_BEFORE; --*before) from += character_bytes(source, from);
    return from;
}

static void append_excerpt(const struct qasm_source *source, struct qasm_place place,
                           struct ek_text *text)
{
    char shown[4 * SHOWN + 1];
    int before;
    uint32_t start = source->line_starts[find_line(source, place.offset)];
    if (start == 0) start = first_byte(source);
    if (place.offset < start) return;
    const uint32_t from = choose_window(source, start, place, &before);
    copy_shown(source, from, shown);
    ek_text_printf(text, "\n  %s%s\n  %s%*s^", from > start ? "..." : "", shown,
                   from > start ? "   " : "", before, "");
}

static void append_context(struct qasm_sources *sources, struct qasm_place place,
                           struct ek_text *text)
{
    const struct qasm_place by = sources->list[place.file].included_at;
    uint32_t line, column;
    if (by.file >= 0 && ek_qasm_locate(sources, by, &line, &column) == EK_OK)
        ek_text_printf(text, " (included by %s:%u:%u)", sources->list[by.file].path, line, column);
    if (sources->knows_header && !sources->has_header)
        ek_text_printf(text, " (no OPENQASM header: read as version 2.0)");
}

ek_status ek_fail_in_qasm(const char *file, int line, ek_status code, struct qasm_sources *sources,
                          struct qasm_place place, const char *format, ...)
{
    char message[400];
    uint32_t row, column;
    struct ek_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    EK_TRY(ek_qasm_locate(sources, place, &row, &column));
    append_context(sources, place, &text);
    append_excerpt(&sources->list[place.file], place, &text);
    const ek_status status = text.status;
    if (status == EK_OK)
        ek_fail_at(file, line, code, "%s:%u:%u: %s%s", sources->list[place.file].path, row, column,
                   message, text.bytes ? text.bytes : "");
    ek_text_clear(&text);
    return status == EK_OK ? code : status;
}
