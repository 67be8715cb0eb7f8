/* Hamiltonians from text and generators. */
#include "io/text_file.h"

#include <exaket/files.h>
#include <exaket/status.h>

#include "support/harness.h"

#include <string.h>

static void check_parse(const char *text, const char *message)
{
    ek_hamiltonian *hamiltonian = NULL;
    ek_file file = text_file(text);
    CHECK_STATUS(ek_hamiltonian_parse(&file, &hamiltonian), EK_ERROR_PARSE);
    if (!strstr(ek_last_message(), message)) fprintf(stderr, "%s\n", ek_last_message());
    CHECK(strstr(ek_last_message(), message) != NULL);
    ek_file_clear(&file);
}

static void test_text(void)
{
    ek_hamiltonian *hamiltonian = NULL;
    ek_hamiltonian_facts facts;
    ek_file file = text_file("# a sum\n0.5 XYZI\n\n-1e-3\tIIII # constant\n0.5 XYZI\n");
    CHECK_OK(ek_hamiltonian_parse(&file, &hamiltonian));
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.qubits == 4 && facts.term_count == 2);
    CHECK(facts.terms[0].x_mask == 12 && facts.terms[0].z_mask == 6);
    CHECK(facts.terms[0].coefficient == 1 && facts.terms[1].coefficient == -1e-3);
    ek_hamiltonian_destroy(&hamiltonian);
    ek_file_clear(&file);
}

static void test_wrong_text(void)
{
    char line[128] = "1 ";
    check_parse("", "test:1:1: expected a line \"coefficient letters\"");
    check_parse("1 XYZ\n1 XY\n", "test:2:3: expected 3 letters, one per qubit, found 2");
    check_parse("1 XYZ\n2 XQZ\n", "test:2:4: expected one of the letters");
    check_parse("1 XYZ\n2 XY\xFF\n", "test:2:5: expected one of the letters I, X, Y, Z, "
                                       "found '\\xFF'");
    check_parse("1 X\xC3\xA4\n", "test:1:4: expected one of the letters I, X, Y, Z, "
                                    "found '\\xC3'");
    check_parse("3 II\n", "test:1:1: expected a Hamiltonian, found one that is a constant");
    check_parse("1 ZZ\n3 II\n-1 ZZ\n", "test:1:1: expected a Hamiltonian");
    check_parse("XYZ 1\n", "test:1:1: expected a coefficient");
    check_parse("1\n", "test:1:2: expected a string of I, X, Y and Z");
    check_parse("1 XX 3\n", "test:1:6: expected the end of the line");
    check_parse("1e308 X\n1e308 X\n", "test:1:1: the magnitudes");
    memset(line + 2, 'Z', 63);
    check_parse(line, "test:1:3: expected at most 62 letters, found 63");
}

static void check_load(ek_session *session, const char *path, int qubits, size_t terms)
{
    ek_hamiltonian *hamiltonian = NULL;
    ek_hamiltonian_facts facts;
    if (!test_all(CHECK_OK(ek_hamiltonian_load(session, path, &hamiltonian)))) return;
    ek_hamiltonian_get(hamiltonian, &facts);
    CHECK(facts.qubits == qubits && facts.term_count == terms && strcmp(facts.name, path) == 0);
    ek_hamiltonian_destroy(&hamiltonian);
}

static void check_refused(ek_session *session, const char *path, ek_status code,
                          const char *message)
{
    ek_hamiltonian *hamiltonian = NULL;
    CHECK_STATUS(ek_hamiltonian_load(session, path, &hamiltonian), code);
    CHECK(strstr(ek_last_message(), message) != NULL);
}

static void test_generators(void)
{
    ek_session *session = test_session(1, 0);
    check_load(session, "tfim:8:1.0:open", 8, 15);
    check_load(session, "tfim:8:-2e-1:periodic", 8, 16);
    check_load(session, "heisenberg:5:periodic", 5, 15);
    check_refused(session, "tfim:8:1.0", EK_ERROR_ARGUMENT, "tfim:SPINS:FIELD:open|periodic");
    check_refused(session, "tfim:8:one:open", EK_ERROR_ARGUMENT, "found 'one'");
    check_refused(session, "tfim:8:1:closed", EK_ERROR_ARGUMENT, "expected open or periodic");
    check_refused(session, "heisenberg:-1:open", EK_ERROR_ARGUMENT, "expected a count");
    check_refused(session, "heisenberg:2:periodic", EK_ERROR_ARGUMENT, "3 or more");
    check_refused(session, "hubbard:2:open", EK_ERROR_ARGUMENT, "heisenberg:SPINS:open|periodic");
    check_refused(session, "", EK_ERROR_ARGUMENT, "tfim:8:1.0:open");
    check_refused(session, NULL, EK_ERROR_ARGUMENT, "tfim:8:1.0:open");
    check_refused(session, "/nonexistent/h.txt", EK_ERROR_FILE, "/nonexistent/h.txt");
    ek_session_destroy(&session);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"text", test_text},
        {"wrong text", test_wrong_text},
        {"generators", test_generators},
    };
    return test_main(argc, argv, "io: Hamiltonians", cases, sizeof cases / sizeof *cases);
}
