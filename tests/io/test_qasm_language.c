/* What OpenQASM 3 says, against programs that say the same in the plainest words, and the same on
 * all ranks as on one. */
#include "io/qasm_text.h"
#include "support/folder.h"
#include "support/harness.h"
#include "support/program_run.h"

#include <exaket/program.h>
#include <exaket/qasm.h>
#include <exaket/shots.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ek_session *session;
static const char *folder;

static void test_begin(void)
{
    session = test_session(1, 0);
    folder = test_folder_create();
}

static void test_end(void)
{
    test_folder_remove(folder);
    ek_session_destroy(&session);
}

/* On three qubits; amplitudes and global phases are equal. */
static const struct pair {
    const char *text, *plain;
} states[] = {
    {"h q[0]; gphase(pi/4);", "h q[0]; rz(-pi/2) q[1];"},
    {"h q; ctrl @ gphase(0.7) q[1];", "h q; p(0.7) q[1];"},
    {"h q; negctrl @ gphase(-0.7) q[1];", "h q; x q[1]; p(-0.7) q[1]; x q[1];"},
    {"h q; inv @ gphase(0.3);", "h q; gphase(-0.3);"},
    {"inv @ rx(0.3) q[0];", "rx(-0.3) q[0];"},
    {"h q; inv @ U(0.1, 0.2, 0.3) q[0];", "h q; U(-0.1, -0.3, -0.2) q[0];"},
    {"h q; ctrl @ inv @ p(0.3) q[0], q[1];", "h q; cp(-0.3) q[0], q[1];"},
    {"h q; negctrl @ x q[0], q[1];", "h q; x q[0]; cx q[0], q[1]; x q[0];"},
    {"h q; ctrl(2) @ z q[0], q[1], q[2];", "h q; h q[2]; ccx q[0], q[1], q[2]; h q[2];"},
    {"h q; pow(-2) @ s q[0];", "h q; z q[0];"},
    {"h q; pow(0.5) @ x q[0]; pow(0.5) @ x q[0];", "h q; x q[0];"},
    {"h q; pow(0.5) @ s q[0];", "h q; t q[0];"},
    {"x q[2]; h q[0]; pow(0.5) @ rccx q[0], q[1], q[2];", "x q[2]; h q[0]; s q[0];"},
    {"h q; pow(-0.5) @ rx(0.4) q[1];", "h q; rx(-0.2) q[1];"},
    {"gate a(t) x { rx(t) x; rz(2*t) x; } h q[0]; inv @ a(0.4) q[0];",
     "h q[0]; rz(-0.8) q[0]; rx(-0.4) q[0];"},
    {"gate a x { h x; t x; } h q; ctrl @ a q[0], q[1];",
     "h q; ch q[0], q[1]; cp(pi/4) q[0], q[1];"},
    {"gate a x { h x; t x; } h q; pow(2) @ a q[2];", "h q; h q[2]; t q[2]; h q[2]; t q[2];"},
    {"for int i in [0:2] { rx(0.1 * (i + 1)) q[i]; }",
     "rx(0.1) q[0]; rx(0.2) q[1]; rx(0.3) q[2];"},
    {"for int i in {2, 0} { h q[i]; }", "h q[2]; h q[0];"},
    {"for int i in [2:-2:0] { ry(0.5 + i) q[i]; }", "ry(2.5) q[2]; ry(0.5) q[0];"},
    {"const int n = 2; const float t = pi / (n + 1); rx(t * t) q[n - 1];",
     "rx(1.0966227112321507) q[1];"},
    {"let a = q[1:2]; h a; x q[{0, 2}];", "h q[1]; h q[2]; x q[0]; x q[2];"},
    {"uint[3] u = 7; u = u + 2; rx(u) q[0];", "rx(1) q[0];"},
    {"int i = 3; while (i > 1) { i -= 1; rx(0.5 * i) q[0]; }", "rx(1.5) q[0];"},
};

/* On three classical bits `c`; the last declared register is printed first. */
static const struct outcome {
    const char *text, *outcome;
    double probability;
} outcomes[] = {
    {"bit[8] d = bit[8](angle[8](pi));", "10000000 000", 1},
    {"angle[3] g = angle[3](bit[3](\"101\")); c = bit[3](g); if (g == 1.25 * pi) c[1] = 1;",
     "111", 1},
    {"x q[0]; x q[2]; c = measure q; angle[3] g = angle[3](c); bit[3] d = bit[3](g);",
     "101 101", 1},
    {"bit[3] d; for uint i in [0:7] { d = bit[3](i); if (bit[3](angle[3](d)) != d) c[0] = 1; }",
     "111 000", 1},
    {"uint[3] u = 7; u = u + 1; c = bit[3](u);", "000", 1},
    {"uint[3] u = 7; u += 1; c = bit[3](u);", "000", 1},
    {"uint[3] u = 0; u = u - 1; c = bit[3](u);", "111", 1},
    {"x q; c = measure q; uint[3] u = uint[3](c); u = u + 1; c = bit[3](u);", "000", 1},
    {"x q; c = measure q; uint[3] u = uint[3](c); u = u - 2; c = bit[3](u);", "101", 1},
    {"uint[4] a = 7; uint[4] b = 9; if (a + b == 0) c[0] = 1; if (a - b == 14) c[1] = 1; "
     "if (~(a & b) == 14) c[2] = 1;", "111", 1},
    {"x q; c = measure q; uint[3] u = uint[3](c); uint[3] v = 2; c = 0; if (u + v == 1) c[0] = 1; "
     "if (u * u / v == 0) c[1] = 1; if (~(u | v) == 0) c[2] = 1;", "111", 1},
    {"x q; c = measure q; if (c[0] + c[1] + c[2] != 3) c[0] = 0;", "111", 1},
    {"const bit[2] k = \"10\"; if (k[0]) c[0] = 1; if (k[1]) c[1] = 1; if (k[-1]) c[2] = 1;",
     "110", 1},
    {"uint[3] u = 0; while (u < 5) { u += 1; } c = bit[3](u);", "101", 1},
    {"h q[0]; c[0] = measure q[0]; if (c[0]) { x q[1]; } else { x q[2]; } c[1] = measure q[1]; "
     "c[2] = measure q[2];", "011", 0.5},
    {"x q[0]; c = measure q; if (c != 1) x q[1]; if (!(c == 2)) x q[2]; if (c[0] != 1) x q[1]; "
     "c = measure q;", "101", 1},
    {"x q[0]; c = measure q; uint[3] u = 0; for bit b in c { c = \"111\"; if (b) u += 1; } "
     "c = bit[3](u);", "001", 1},
    {"x q[0]; c = measure q; for bit b in c { b = 1; }", "001", 1},
    {"x q[1]; c = measure q; uint[3] u = 0; for bit b in c[1:2] { c[2] = measure q[1]; "
     "if (b) u += 2; } c = bit[3](u);", "010", 1},
    {"for int i in [0:2] { bit[i + 1] d; bit[2] e = \"00\"; d = ~d; if (e != 0) c[i] = 1; }",
     "000", 1},
    {"x q[1]; reset q[1]; h q[1]; c[1] = measure q[1]; if (c[1] == 0) x q[0]; "
     "c[0] = measure q[0];", "001", 0.5},
};

static void whole(const char *text, char program[512])
{
    snprintf(program, 512, "%s%s\n", QASM_NEW, text);
}

static void test_states(void)
{
    char text[512], plain[512];
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        whole(states[i].text, text);
        whole(states[i].plain, plain);
        qasm_check_same_state(text, plain, 0);
    }
}

static void test_outcomes(void)
{
    char text[512];
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        whole(outcomes[i].text, text);
        qasm_check_outcome(text, outcomes[i].outcome, outcomes[i].probability);
    }
}

/* Written as OpenQASM 3 and read again. */
static void test_written(void)
{
    char text[512];
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        whole(states[i].text, text);
        char *written = qasm_written(text, 3);
        if (written) qasm_check_same_state(written, text, 0);
        ek_text_free(&written);
    }
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        whole(outcomes[i].text, text);
        char *written = qasm_written(text, 3);
        if (written) qasm_check_outcome(written, outcomes[i].outcome, outcomes[i].probability);
        ek_text_free(&written);
    }
}

/* From a file that rank 0 reads: no other has seen the text. */
static ek_dynamic *load(const char *text)
{
    char path[1024];
    ek_dynamic *program = NULL;
    snprintf(path, sizeof path, "%.1000s/program.qasm", folder);
    if (test_rank() == 0) CHECK(test_file_write(folder, "program.qasm", text, strlen(text)));
    CHECK_OK(ek_qasm_load(session, path, &program));
    return program;
}

static void check_amplitudes(const ek_dynamic *program, const ek_shots_result *result)
{
    const uint64_t indices[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct reference state = {0};
    ek_complex found[8];
    reference_create(&state, 3);
    CHECK(test_program_amplitudes(program, &state));
    CHECK_OK(ek_shots_amplitudes(result, 8, indices, found));
    for (int i = 0; i < 8; i++) {
        CHECK_NEAR(found[i].re, creal(state.amplitude[i]), 1e-12);
        CHECK_NEAR(found[i].im, cimag(state.amplitude[i]), 1e-12);
    }
    reference_destroy(&state);
}

static void test_states_on_all_ranks(void)
{
    const ek_shots_options options = {.keep_state = 1, .whole_register = 1};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char text[512];
        ek_shots_result result = {0};
        whole(states[i].text, text);
        ek_dynamic *program = load(text), *mine = qasm_program(text);
        CHECK(ek_dynamic_digest(program) == ek_dynamic_digest(mine));
        if (CHECK_OK(ek_dynamic_run(session, program, &options, &result)))
            check_amplitudes(mine, &result);
        ek_shots_result_clear(&result);
        ek_dynamic_destroy(&program);
        ek_dynamic_destroy(&mine);
    }
}

static void test_outcomes_on_all_ranks(void)
{
    const ek_shots_options options = {.probabilities = 8};
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        char text[512], bits[64];
        ek_shots_result result = {0};
        double found = 0;
        if (!strstr(outcomes[i].text, "measure")) continue; /* outcomes are of qubits then */
        whole(outcomes[i].text, text);
        ek_dynamic *program = load(text);
        CHECK_OK(ek_dynamic_run(session, program, &options, &result));
        for (size_t p = 0; p < result.probable_count; p++) {
            ek_outcome_text(program, 0, result.probable + p * result.words, bits);
            if (strcmp(bits, outcomes[i].outcome) == 0) found = result.probabilities[p];
        }
        CHECK_NEAR(found, outcomes[i].probability, 1e-12);
        ek_shots_result_clear(&result);
        ek_dynamic_destroy(&program);
    }
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"session", test_begin},
        {"states", test_states},
        {"outcomes", test_outcomes},
        {"written", test_written},
        {"states on all ranks", test_states_on_all_ranks},
        {"outcomes on all ranks", test_outcomes_on_all_ranks},
        {"end", test_end},
    };
    return test_main(argc, argv, "io: the language OpenQASM 3", cases,
                     sizeof cases / sizeof *cases);
}
