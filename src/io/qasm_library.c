/* The gates that come with the languages: which named gate of the library each is, if any, under
 * how many further controls; and definitions as text, in words that both versions have but for u2
 * and u3. A program that defines a gate in these words (names of parameters and qubits aside)
 * means the library's; programs that are written take their definitions from here. */
#include "io/qasm_resolve.h"

#include <string.h>
#include <strings.h>

const char ek_qasm_library_text[] =
    "gate u2(a, b) q { gphase(-(a + b) / 2); U(pi / 2, a, b) q; }\n"
    "gate u3(a, b, c) q { gphase(-(b + c) / 2); U(a, b, c) q; }\n"
    "gate u0(a) q { }\n"
    "gate r(a, b) q { U(a, b - pi / 2, pi / 2 - b) q; }\n"
    "gate cs p, q { p(pi / 4) p; cx p, q; p(-pi / 4) q; cx p, q; p(pi / 4) q; }\n"
    "gate csdg p, q { p(-pi / 4) p; cx p, q; p(pi / 4) q; cx p, q; p(-pi / 4) q; }\n"
    "gate ccz p, q, r { h r; ccx p, q, r; h r; }\n"
    "gate rxx(a) p, q { h p; h q; cx p, q; rz(a) q; cx p, q; h q; h p; }\n"
    "gate ryy(a) p, q { rx(pi / 2) p; rx(pi / 2) q; cx p, q; rz(a) q; cx p, q; rx(-pi / 2) p; "
    "rx(-pi / 2) q; }\n"
    "gate rzz(a) p, q { cx p, q; rz(a) q; cx p, q; }\n"
    "gate rzx(a) p, q { h q; cx p, q; rz(a) q; cx p, q; h q; }\n"
    "gate iswap p, q { s p; s q; h p; cx p, q; cx q, p; h q; }\n"
    "gate xy(a) p, q { rxx(a / 2) p, q; ryy(a / 2) p, q; }\n"
    "gate xx_plus_yy(a, b) p, q { rz(b) p; xy(a) p, q; rz(-b) p; }\n"
    "gate xx_minus_yy(a, b) p, q { rz(-b) q; rxx(a / 2) p, q; ryy(-a / 2) p, q; rz(b) q; }\n"
    "gate dcx p, q { cx p, q; cx q, p; }\n"
    "gate ecr p, q { rzx(pi / 4) p, q; x p; rzx(-pi / 4) p, q; }\n"
    "gate rccx p, q, r { h r; u1(pi / 4) r; cx q, r; u1(-pi / 4) r; cx p, r; "
    "u1(pi / 4) r; cx q, r; u1(-pi / 4) r; h r; }\n"
    "gate rc3x p, q, r, s { h s; u1(pi / 4) s; cx r, s; u1(-pi / 4) s; h s; "
    "cx p, s; u1(pi / 4) s; cx q, s; u1(-pi / 4) s; cx p, s; u1(pi / 4) s; cx q, s; "
    "u1(-pi / 4) s; h s; u1(pi / 4) s; cx r, s; u1(-pi / 4) s; h s; }\n"
    "gate rcccx p, q, r, s { rc3x p, q, r, s; }\n";

enum {
    ALWAYS = QASM_ALWAYS | QASM_ALWAYS_2,
    BOTH = QASM_QELIB | QASM_STDGATES,
    NONE = EK_GATE_COUNT
};

/* Gates without a native one have their bodies above. `controls`: further ones of the native gate.
 */
static const struct entry {
    const char *name;
    int qubits, angles;
    int native;
    unsigned origin;
    int controls;
} entries[] = {
    {"U", 1, 3, EK_GATE_U, ALWAYS, 0},
    {"CX", 2, 0, EK_GATE_CX, QASM_ALWAYS_2 | QASM_STDGATES, 0},
    {"gphase", 0, 1, NONE, QASM_ALWAYS, 0},
    {"id", 1, 0, EK_GATE_ID, BOTH, 0},
    {"x", 1, 0, EK_GATE_X, BOTH, 0},
    {"y", 1, 0, EK_GATE_Y, BOTH, 0},
    {"z", 1, 0, EK_GATE_Z, BOTH, 0},
    {"h", 1, 0, EK_GATE_H, BOTH, 0},
    {"s", 1, 0, EK_GATE_S, BOTH, 0},
    {"sdg", 1, 0, EK_GATE_SDG, BOTH, 0},
    {"t", 1, 0, EK_GATE_T, BOTH, 0},
    {"tdg", 1, 0, EK_GATE_TDG, BOTH, 0},
    {"rx", 1, 1, EK_GATE_RX, BOTH, 0},
    {"ry", 1, 1, EK_GATE_RY, BOTH, 0},
    {"rz", 1, 1, EK_GATE_RZ, BOTH, 0},
    {"u1", 1, 1, EK_GATE_P, BOTH, 0},
    {"u2", 1, 2, NONE, BOTH | QASM_FREE_PHASE, 0},
    {"u3", 1, 3, EK_GATE_U, BOTH | QASM_FREE_PHASE, 0},
    {"cx", 2, 0, EK_GATE_CX, BOTH, 0},
    {"cy", 2, 0, EK_GATE_CY, BOTH, 0},
    {"cz", 2, 0, EK_GATE_CZ, BOTH, 0},
    {"ch", 2, 0, EK_GATE_CH, BOTH, 0},
    {"ccx", 3, 0, EK_GATE_CCX, BOTH, 0},
    {"crz", 2, 1, EK_GATE_CRZ, BOTH, 0},
    {"cu1", 2, 1, EK_GATE_CP, QASM_QELIB | QASM_EXTENSION, 0},
    {"cu3", 2, 3, EK_GATE_U, QASM_QELIB | QASM_EXTENSION, 1},
    {"p", 1, 1, EK_GATE_P, QASM_STDGATES | QASM_EXTENSION, 0},
    {"sx", 1, 0, EK_GATE_SX, QASM_STDGATES | QASM_EXTENSION, 0},
    {"crx", 2, 1, EK_GATE_CRX, QASM_STDGATES | QASM_EXTENSION, 0},
    {"cry", 2, 1, EK_GATE_CRY, QASM_STDGATES | QASM_EXTENSION, 0},
    {"swap", 2, 0, EK_GATE_SWAP, QASM_STDGATES | QASM_EXTENSION, 0},
    {"cswap", 3, 0, EK_GATE_CSWAP, QASM_STDGATES | QASM_EXTENSION, 0},
    {"cp", 2, 1, EK_GATE_CP, QASM_STDGATES | QASM_EXTENSION, 0},
    {"cu", 2, 4, EK_GATE_CU, QASM_STDGATES | QASM_EXTENSION, 0},
    {"phase", 1, 1, EK_GATE_P, QASM_STDGATES | QASM_EXTENSION, 0},
    {"cphase", 2, 1, EK_GATE_CP, QASM_STDGATES | QASM_EXTENSION, 0},
    {"u", 1, 3, EK_GATE_U, QASM_EXTENSION, 0},
    {"u0", 1, 1, NONE, QASM_EXTENSION, 0},
    {"r", 1, 2, NONE, QASM_EXTENSION, 0},
    {"sxdg", 1, 0, EK_GATE_SXDG, QASM_EXTENSION, 0},
    {"cs", 2, 0, EK_GATE_S, QASM_EXTENSION, 1},
    {"csdg", 2, 0, EK_GATE_SDG, QASM_EXTENSION, 1},
    {"csx", 2, 0, EK_GATE_SX, QASM_EXTENSION, 1},
    {"ccz", 3, 0, EK_GATE_Z, QASM_EXTENSION, 2},
    {"c3x", 4, 0, EK_GATE_C3X, QASM_EXTENSION, 0},
    {"c4x", 5, 0, EK_GATE_C4X, QASM_EXTENSION, 0},
    {"c3sqrtx", 4, 0, EK_GATE_SX, QASM_EXTENSION, 3},
    {"c3sx", 4, 0, EK_GATE_SX, QASM_EXTENSION, 3},
    {"rxx", 2, 1, EK_GATE_RXX, QASM_EXTENSION, 0},
    {"ryy", 2, 1, EK_GATE_RYY, QASM_EXTENSION, 0},
    {"rzz", 2, 1, EK_GATE_RZZ, QASM_EXTENSION, 0},
    {"rzx", 2, 1, EK_GATE_RZX, QASM_EXTENSION, 0},
    {"iswap", 2, 0, EK_GATE_ISWAP, QASM_EXTENSION, 0},
    {"xy", 2, 1, EK_GATE_XY, QASM_EXTENSION, 0},
    {"xx_plus_yy", 2, 2, NONE, QASM_EXTENSION, 0},
    {"xx_minus_yy", 2, 2, NONE, QASM_EXTENSION, 0},
    {"dcx", 2, 0, NONE, QASM_EXTENSION, 0},
    {"ecr", 2, 0, NONE, QASM_EXTENSION, 0},
    {"rccx", 3, 0, NONE, QASM_EXTENSION, 0},
    {"rc3x", 4, 0, NONE, QASM_EXTENSION, 0},
    {"rcccx", 4, 0, NONE, QASM_EXTENSION, 0},
};
enum { ENTRIES = sizeof entries / sizeof *entries };

ek_status ek_qasm_library_begin(struct ek_qasm *qasm)
{
    EK_TRY(EK_NEW(qasm->library, ENTRIES));
    qasm->library_count = ENTRIES;
    for (int i = 0; i < ENTRIES; i++) {
        struct qasm_gate *gate = &qasm->library[i];
        int name;
        EK_TRY(ek_qasm_name(&qasm->names, entries[i].name, strlen(entries[i].name), &name));
        qasm->names.list[name].library = i + 1;
        *gate = (struct qasm_gate){.name = name,
                                   .qubits = entries[i].qubits,
                                   .angles = entries[i].angles,
                                   .native = (ek_gate)entries[i].native,
                                   .origin = entries[i].origin,
                                   .controls = entries[i].controls,
                                   .is_phase = strcmp(entries[i].name, "gphase") == 0};
    }
    return ek_qasm_name(&qasm->names, "__unitary", strlen("__unitary"), &qasm->unitary_name);
}

static bool is_offered(const struct ek_qasm *qasm, const struct qasm_gate *gate)
{
    const unsigned always = qasm->lexer.version == 2 ? QASM_ALWAYS_2 : QASM_ALWAYS;
    return qasm->reads_library || qasm->has_gates || (gate->origin & always) != 0;
}

static struct qasm_gate *find_gate(const struct ek_qasm *qasm, int name)
{
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, name);
    const int library = qasm->names.list[name].library;
    if (symbol && symbol->kind == QASM_IS_GATE) return symbol->gate;
    if (library == 0 || !is_offered(qasm, &qasm->library[library - 1])) return NULL;
    return &qasm->library[library - 1];
}

/* A gate with the same letters, upper or lower; -1 for none. */
static int find_other_case(const struct ek_qasm *qasm, const char *name)
{
    for (size_t i = 0; i < qasm->names.count; i++)
        if (strcasecmp(qasm->names.list[i].text, name) == 0 && find_gate(qasm, (int)i))
            return (int)i;
    return -1;
}

static ek_status fail_no_gate(struct ek_qasm *qasm, const struct qasm_statement *call)
{
    const char *name = ek_qasm_text(qasm, call->name);
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, call->name);
    const int library = qasm->names.list[call->name].library;
    const char *file = qasm->lexer.version == 2 ? "qelib1.inc" : "stdgates.inc";
    if (qasm->defining && qasm->defining->name == call->name)
        return FAIL_AT(qasm, call->name_place, "recursion: the gate '%s' in its own definition",
                       name);
    if (library > 0 && (qasm->library[library - 1].origin & QASM_ALWAYS) && !qasm->has_gates)
        return FAIL_AT(qasm, call->name_place, "'%s' is of OpenQASM 3", name);
    if (library > 0 && !symbol)
        return FAIL_AT(qasm, call->name_place, "unknown gate '%s'; include \"%s\" brings it", name,
                       file);
    if (symbol)
        return FAIL_AT(qasm, call->name_place, "'%s' is %s, expected a gate", name,
                       ek_qasm_kind_name(symbol));
    const int like = find_other_case(qasm, name);
    if (like >= 0)
        return FAIL_AT(qasm, call->name_place, "unknown gate '%s', expected '%s'", name,
                       ek_qasm_text(qasm, like));
    return FAIL_AT(qasm, call->name_place, "unknown gate '%s', expected one that is defined",
                   name);
}

ek_status ek_qasm_require_gate(struct ek_qasm *qasm, const struct qasm_statement *call,
                               struct qasm_gate **gate)
{
    *gate = find_gate(qasm, call->name);
    if (!*gate || (qasm->defining && qasm->defining->name == call->name))
        return fail_no_gate(qasm, call);
    if ((*gate)->is_phase && qasm->lexer.version == 2 && !qasm->reads_library)
        return FAIL_AT(qasm, call->name_place, "'gphase' is of OpenQASM 3");
    return EK_OK;
}
