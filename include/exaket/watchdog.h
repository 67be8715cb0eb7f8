/* A watchdog: ends a job in which a rank has fallen silent, instead of waiting for it forever. */
#ifndef EXAKET_WATCHDOG_H
#define EXAKET_WATCHDOG_H

#include <exaket/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ek_watchdog ek_watchdog;

/* From now on each rank tells the first and the last one about once a second, over UDP and by a
 * thread of its own, that it is alive and whether it waits for others. When one is not heard of
 * for `seconds`, or all wait for that long, the rank or the state of things is named on the
 * standard error with its host, and all processes end with `exit_status`. A rank that was never
 * heard of, because the network lets no UDP through, is not missed: a warning says so once.
 * Collective. EK_ERROR_ARGUMENT below 1 second; EK_ERROR_UNSUPPORTED when sockets are refused. */
ek_status ek_watchdog_start(ek_session *session, double seconds, int exit_status,
                            ek_watchdog **watchdog);
/* Collective, so that no rank is missed that ends earlier than others; accepts null. */
void ek_watchdog_stop(ek_watchdog **watchdog);

#ifdef __cplusplus
}
#endif
#endif
