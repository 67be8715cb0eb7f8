#include "cli/cli.h"

#include <string.h>

enum { KEY_FILE = 0x400, KEY_EVERY, KEY_MTBF, KEY_REQUIRED, KEY_RESUME, KEY_MAX_TIME, KEY_CHECK };

static const struct argp_option options[] = {
    {0, 0, NULL, 0, "Interruptions:", 3},
    {"checkpoint", KEY_FILE, "FILE", 0,
     "Write checkpoints to FILE; the one before is kept as FILE.previous", 3},
    {"checkpoint-every", KEY_EVERY, "SECONDS|auto", 0,
     "How often (default: auto, from the time that one takes and --mtbf)", 3},
    {"mtbf", KEY_MTBF, "SECONDS", 0, "Mean time between failures of the job (default: a day)", 3},
    {"checkpoint-required", KEY_REQUIRED, NULL, 0,
     "End the run when one cannot be written (default: a warning)", 3},
    {"resume", KEY_RESUME, NULL, 0,
     "Go on from the checkpoint, if there is one; on any number of ranks", 3},
    {"max-time", KEY_MAX_TIME, "SECONDS", 0, "Stop after that time, with a checkpoint", 3},
    {"check", KEY_CHECK, "WHAT", 0,
     "norm (default): of the state at the end and before each checkpoint; full: after each pass, "
     "and amplitudes between ranks; none. After a failure the run goes back to the last "
     "checkpoint", 3},
    {0}};

static error_t read_seconds(const char *option, const char *text, double *seconds)
{
    const error_t error = read_number(option, text, seconds);
    if (error) return error;
    return *seconds > 0 ? 0 : wrong_usage("%s '%s': expected a positive number", option, text);
}

static error_t check_together(const ek_checkpoint_options *chosen)
{
    if (chosen->path) return 0;
    if (chosen->resume) return wrong_usage("--resume: name a file with --checkpoint");
    if (chosen->max_seconds > 0) return wrong_usage("--max-time: name a file with --checkpoint");
    if (chosen->every_seconds > 0 || chosen->mtbf_seconds > 0 || chosen->required)
        return wrong_usage("checkpoints: name a file with --checkpoint");
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const checks[] = {"none", "norm", "full", NULL};
    ek_checkpoint_options *chosen = state->input;
    int choice = 0;
    error_t error;
    switch (key) {
    case ARGP_KEY_INIT:
        chosen->every_seconds = EK_CHECKPOINT_AUTO;
        chosen->check = EK_CHECK_NORM;
        return 0;
    case KEY_FILE: chosen->path = argument; return 0;
    case KEY_EVERY:
        if (strcmp(argument, "auto") == 0) return 0;
        return read_seconds("--checkpoint-every", argument, &chosen->every_seconds);
    case KEY_MTBF: return read_seconds("--mtbf", argument, &chosen->mtbf_seconds);
    case KEY_REQUIRED: chosen->required = 1; return 0;
    case KEY_RESUME: chosen->resume = 1; return 0;
    case KEY_MAX_TIME: return read_seconds("--max-time", argument, &chosen->max_seconds);
    case KEY_CHECK:
        error = read_choice("--check", argument, checks, &choice);
        chosen->check = (ek_check)choice;
        return error;
    case ARGP_KEY_END: return check_together(chosen);
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp checkpoint_argp = {.options = options, .parser = parse};
