#include "base/base.h"

#include <stdarg.h>
#include <unistd.h>

static ek_log_level level_now = EK_LOG_SILENT;

void ek_log_set_level(ek_log_level level) { level_now = level; }
ek_log_level ek_log_get_level(void) { return level_now; }

void ek_log(ek_log_level level, const char *format, ...)
{
    if (level > level_now || level == EK_LOG_SILENT) return;
    char line[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    static const char *const labels[] = {
        [EK_LOG_ERROR] = "error: ", [EK_LOG_WARNING] = "warning: ", [EK_LOG_INFO] = "",
        [EK_LOG_DEBUG] = ""};
    fprintf(stderr, "exaket: %s%s\n", labels[level], line);
}

struct ek_progress {
    char what[64], unit[32];
    double total, began, last_drawn;
    int last_tenth;
    bool terminal;
};

ek_progress *ek_progress_begin(const char *what, const char *unit, double total)
{
    ek_progress *progress;
    if (level_now < EK_LOG_INFO || EK_NEW(progress, 1) != EK_OK) return NULL;
    snprintf(progress->what, sizeof progress->what, "%s", what);
    snprintf(progress->unit, sizeof progress->unit, "%s", unit);
    progress->total = total;
    progress->began = ek_clock_seconds();
    progress->last_drawn = -1;
    progress->terminal = isatty(STDERR_FILENO);
    return progress;
}

/* "sweep: 12/24 points, 3.1 points/s, 4 s left" */
static void describe(const ek_progress *progress, double done, const char *note,
                     struct ek_text *text)
{
    const double elapsed = ek_clock_seconds() - progress->began;
    char left[32];
    ek_text_printf(text, "%s: %.0f/%.0f %ss", progress->what, done, progress->total,
                   progress->unit);
    if (done > 0 && elapsed > 0) {
        const double rate = done / elapsed;
        ek_text_printf(text, rate >= 1 ? ", %.1f %ss/s" : ", %.2g %ss/s", rate, progress->unit);
        if (done < progress->total)
            ek_text_printf(text, ", %s left",
                           ek_format_seconds((progress->total - done) / rate, left));
    }
    if (note) ek_text_printf(text, " (%s)", note);
}

void ek_progress_update(ek_progress *progress, double done, const char *note)
{
    if (!progress) return;
    const double now = ek_clock_seconds();
    const int tenth = (int)(10 * done / progress->total);
    const bool due = progress->terminal
                         ? now - progress->last_drawn >= 0.1 || done >= progress->total
                         : tenth > progress->last_tenth;
    if (!due) return;
    struct ek_text text = {0};
    describe(progress, done, note, &text);
    if (text.status == EK_OK)
        fprintf(stderr, progress->terminal ? "\r\033[Kexaket: %s" : "exaket: %s\n", text.bytes);
    fflush(stderr);
    ek_text_clear(&text);
    progress->last_drawn = now;
    progress->last_tenth = tenth;
}

void ek_progress_end(ek_progress **progress)
{
    if (!progress || !*progress) return;
    if ((*progress)->terminal && (*progress)->last_drawn >= 0) fputc('\n', stderr);
    ek_release(*progress);
    *progress = NULL;
}
