#include "base/base.h"

#include <math.h>
#include <stdarg.h>
#include <time.h>

double ek_sum_fixed_order(const double *values, size_t count)
{
    if (count <= 8) {
        double sum = 0;
        for (size_t i = 0; i < count; i++) sum += values[i];
        return sum;
    }
    const size_t half = count / 2;
    return ek_sum_fixed_order(values, half) + ek_sum_fixed_order(values + half, count - half);
}

double ek_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void ek_text_printf(struct ek_text *text, const char *format, ...)
{
    if (text->status != EK_OK) return;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    const size_t needed = text->length + (size_t)length + 1;
    void *bytes = text->bytes;
    text->status = ek_grow(&bytes, text->length, 1, needed, &text->capacity);
    if (text->status != EK_OK) return;
    text->bytes = bytes;
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void ek_text_clear(struct ek_text *text)
{
    ek_release(text->bytes);
    *text = (struct ek_text){0};
}

const char *ek_format_bytes(double bytes, char *out)
{
    /* What would be printed as 1024.00 of a unit belongs to the next. */
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    while (bytes >= 1023.995 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        unit++;
    }
    const bool whole = fabs(bytes - round(bytes)) < 0.005;
    snprintf(out, 32, whole ? "%.0f %s" : "%.2f %s", bytes, units[unit]);
    return out;
}

const char *ek_format_seconds(double seconds, char *out)
{
    /* The limits lie where rounding would print 1000 us, 1000 ms or 100.0 s. */
    const double whole = floor(seconds);
    if (!isfinite(seconds)) snprintf(out, 32, "unknown");
    else if (seconds < 0.9995e-3) snprintf(out, 32, "%.0f us", 1e6 * seconds);
    else if (seconds < 0.9995) snprintf(out, 32, "%.0f ms", 1e3 * seconds);
    else if (seconds < 99.95) snprintf(out, 32, "%.1f s", seconds);
    else if (seconds < 3600)
        snprintf(out, 32, "%.0f min %.0f s", floor(whole / 60), fmod(whole, 60));
    else snprintf(out, 32, "%.0f h %.0f min", floor(whole / 3600), floor(fmod(whole, 3600) / 60));
    return out;
}

const char *ek_format_bits(uint64_t index, int bits, char *out)
{
    for (int i = 0; i < bits; i++) out[i] = (index >> (bits - 1 - i)) & 1 ? '1' : '0';
    out[bits] = '\0';
    return out;
}
