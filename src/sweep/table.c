#include "sweep/sweep_private.h"

#include <stdarg.h>
#include <string.h>

enum { CELL_BYTES = 256 };

#define GAP "  "

void ek_table_add(struct table *table, const char *format, ...)
{
    char cell[CELL_BYTES];
    void *items = table->items;
    if (table->status != EK_OK) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    table->status =
        ek_grow(&items, table->cells, sizeof *table->items, table->cells + 1, &table->capacity);
    if (table->status != EK_OK) return;
    table->items = items;
    table->status = ek_copy_string(cell, &table->items[table->cells]);
    if (table->status == EK_OK) table->cells++;
}

/* How a column is printed: numbers stand on the right. */
struct style {
    size_t width;
    bool right;
};

static struct style style_of(const struct table *table, size_t column)
{
    struct style style = {0, true};
    for (size_t i = column; i < table->cells; i += table->columns) {
        const char *cell = table->items[i];
        const size_t length = strlen(cell);
        if (length > style.width) style.width = length;
        if (i >= table->columns && !strchr("-.0123456789", *cell)) style.right = false;
    }
    return style;
}

static void write_row(const struct table *table, const struct style *styles, size_t first,
                      struct ek_text *text)
{
    for (size_t column = 0; column < table->columns; column++) {
        const char *cell = table->items[first + column];
        const bool last = column + 1 == table->columns;
        const int width = last && !styles[column].right ? 0 : (int)styles[column].width;
        ek_text_printf(text, styles[column].right ? "%*s%s" : "%-*s%s", width, cell,
                       last ? "\n" : GAP);
    }
}

void ek_table_write(const struct table *table, struct ek_text *text)
{
    struct style *styles = NULL;
    if (text->status == EK_OK) text->status = table->status;
    if (text->status == EK_OK) text->status = EK_NEW(styles, table->columns);
    if (text->status != EK_OK) return;
    for (size_t i = 0; i < table->columns; i++) styles[i] = style_of(table, i);
    for (size_t i = 0; i + table->columns <= table->cells; i += table->columns)
        write_row(table, styles, i, text);
    ek_release(styles);
}

void ek_table_clear(struct table *table)
{
    for (size_t i = 0; i < table->cells; i++) ek_release(table->items[i]);
    ek_release(table->items);
    *table = (struct table){0};
}
