/* A program of somebody else's: one evaluation through the installed library. */
#include <exaket/exaket.h>

#include <stdio.h>

int main(void)
{
    ek_session *session = NULL;
    if (ek_session_create(NULL, &session) != EK_OK) {
        fprintf(stderr, "%s\n", ek_last_message());
        return 1;
    }
    printf("%d ranks, %s\n", ek_session_size(session), ek_status_name(EK_OK));
    ek_session_destroy(&session);
    return 0;
}
