/* What a validation found, as JSON. */
#include "io/json.h"

#include <exaket/validate.h>

/* Deviations are null where they are not finite. */
static json_t *check_object(const ek_validate_result *result, ek_validate_check check)
{
    json_t *wrong = json_array();
    double seconds = 0, error = 0;
    for (int r = 0; r < result->ranks; r++) {
        const ek_validate_rank *rank = &result->rank[r];
        if (ek_validate_is_wrong(result, check, r))
            json_array_append_new(wrong, json_integer(r));
        seconds = fmax(seconds, rank->seconds[check]);
        error = fmax(error, rank->error[check]);
    }
    return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "name", ek_validate_name(check), "passed",
                     !ek_validate_failed(result, check), "error", number(error), "deviation",
                     number(result->deviation[check]), "seconds", number(seconds), "wrong_ranks",
                     wrong);
}

static json_t *rank_object(const ek_validate_result *result, int r)
{
    const ek_validate_rank *rank = &result->rank[r];
    json_t *seconds = json_object(), *errors = json_object();
    for (int c = 0; c < EK_VALIDATE_CHECKS; c++) {
        const char *name = ek_validate_name((ek_validate_check)c);
        set(seconds, name, number(rank->seconds[c]));
        set(errors, name, number(rank->error[c]));
    }
    return json_pack("{s:i, s:o, s:o, s:o, s:b, s:o, s:o, s:o}", "rank", r, "host",
                     word(rank->host), "stream_bytes_per_second",
                     number(rank->stream_bytes_per_second), "message_bytes_per_second",
                     number(rank->message_bytes_per_second), "slow",
                     ek_validate_is_slow(result, r), "wrong_partner",
                     rank->partner < 0 ? json_null() : json_integer((json_int_t)rank->partner),
                     "errors", errors, "seconds", seconds);
}

ek_status ek_validate_json(const ek_session *session, const ek_validate_result *result,
                           char **text)
{
    json_t *checks = json_array(), *ranks = json_array();
    for (int c = 0; c < EK_VALIDATE_CHECKS; c++)
        json_array_append_new(checks, check_object(result, (ek_validate_check)c));
    for (int r = 0; r < result->ranks; r++) json_array_append_new(ranks, rank_object(result, r));
    return print(json_pack("{s:i, s:s, s:i, s:i, s:o, s:o, s:b, s:o, s:o, s:i, s:i, s:o, s:o}",
                           "qubits", result->qubits, "precision",
                           ek_precision_name(result->precision), "ranks", result->ranks,
                           "threads_per_rank", ek_session_threads(session), "state_bytes_per_rank",
                           whole(result->state_bytes_per_rank), "peak_rss_bytes_per_rank",
                           whole(result->peak_rss_bytes_per_rank), "passed",
                           result->failures == 0, "tolerance", number(result->tolerance),
                           "median_stream_bytes_per_second",
                           number(result->median_stream_bytes_per_second), "slow_ranks",
                           result->slow_ranks, "small_page_ranks", result->small_page_ranks,
                           "checks", checks, "per_rank", ranks),
                 text);
}
