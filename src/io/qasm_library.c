/* The gates that come with the languages: which are named gates of the library, and the rest as
 * text. Gates of the last kind come with either include file; a program may define them itself,
 * and when it does so in the words below, they are the library's. */
#include "io/qasm_resolve.h"

#include <string.h>

const char ek_qasm_library_text[] =
    "gate u2(a, b) q { gphase(-(a + b) / 2); U(pi / 2, a, b) q; }\n"
    "gate u3(a, b, c) q { gphase(-(b + c) / 2); U(a, b, c) q; }\n"
    "gate u0(a) q { }\n"
    "gate cu3(a, b, c) p, q { ctrl @ U(a, b, c) p, q; }\n"
    "gate r(a, b) q { U(a, b - pi / 2, pi / 2 - b) q; }\n"
    "gate cs p, q { ctrl @ s p, q; }\n"
    "gate csdg p, q { ctrl @ sdg p, q; }\n"
    "gate csx p, q { ctrl @ sx p, q; }\n"
    "gate ccz p, q, r { h r; ccx p, q, r; h r; }\n"
    "gate c3sqrtx p, q, r, s { ctrl(3) @ sx p, q, r, s; }\n"
    "gate c3sx p, q, r, s { ctrl(3) @ sx p, q, r, s; }\n"
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
    "gate rccx p, q, r { u2(0, pi) r; u1(pi / 4) r; cx q, r; u1(-pi / 4) r; cx p, r; u1(pi / 4) "
    "r; "
    "cx q, r; u1(-pi / 4) r; u2(0, pi) r; }\n"
    "gate rc3x p, q, r, s { u2(0, pi) s; u1(pi / 4) s; cx r, s; u1(-pi / 4) s; u2(0, pi) s; "
    "cx p, s; u1(pi / 4) s; cx q, s; u1(-pi / 4) s; cx p, s; u1(pi / 4) s; cx q, s; "
    "u1(-pi / 4) s; u2(0, pi) s; u1(pi / 4) s; cx r, s; u1(-pi / 4) s; u2(0, pi) s; }\n"
    "gate rcccx p, q, r, s { rc3x p, q, r, s; }\n";

enum {
    ALWAYS = QASM_ALWAYS | QASM_ALWAYS_2,
    BOTH = QASM_QELIB | QASM_STDGATES,
    NONE = EK_GATE_COUNT
};

/* Gates without a native one have their bodies above. */
static const struct entry {
    const char *name;
    int qubits, angles;
    int native;
    unsigned origin;
} entries[] = {
    {"U", 1, 3, EK_GATE_U, ALWAYS},
    {"CX", 2, 0, EK_GATE_CX, QASM_ALWAYS_2 | QASM_STDGATES},
    {"gphase", 0, 1, NONE, QASM_ALWAYS},
    {"id", 1, 0, EK_GATE_ID, BOTH},
    {"x", 1, 0, EK_GATE_X, BOTH},
    {"y", 1, 0, EK_GATE_Y, BOTH},
    {"z", 1, 0, EK_GATE_Z, BOTH},
    {"h", 1, 0, EK_GATE_H, BOTH},
    {"s", 1, 0, EK_GATE_S, BOTH},
    {"sdg", 1, 0, EK_GATE_SDG, BOTH},
    {"t", 1, 0, EK_GATE_T, BOTH},
    {"tdg", 1, 0, EK_GATE_TDG, BOTH},
    {"rx", 1, 1, EK_GATE_RX, BOTH},
    {"ry", 1, 1, EK_GATE_RY, BOTH},
    {"rz", 1, 1, EK_GATE_RZ, BOTH},
    {"u1", 1, 1, EK_GATE_P, BOTH},
    {"u2", 1, 2, NONE, BOTH | QASM_FREE_PHASE},
    {"u3", 1, 3, EK_GATE_U, BOTH | QASM_FREE_PHASE},
    {"cx", 2, 0, EK_GATE_CX, BOTH},
    {"cy", 2, 0, EK_GATE_CY, BOTH},
    {"cz", 2, 0, EK_GATE_CZ, BOTH},
    {"ch", 2, 0, EK_GATE_CH, BOTH},
    {"ccx", 3, 0, EK_GATE_CCX, BOTH},
    {"crz", 2, 1, EK_GATE_CRZ, BOTH},
    {"cu1", 2, 1, EK_GATE_CP, QASM_QELIB | QASM_EXTENSION},
    {"cu3", 2, 3, NONE, QASM_QELIB | QASM_EXTENSION},
    {"p", 1, 1, EK_GATE_P, QASM_STDGATES | QASM_EXTENSION},
    {"sx", 1, 0, EK_GATE_SX, QASM_STDGATES | QASM_EXTENSION},
    {"crx", 2, 1, EK_GATE_CRX, QASM_STDGATES | QASM_EXTENSION},
    {"cry", 2, 1, EK_GATE_CRY, QASM_STDGATES | QASM_EXTENSION},
    {"swap", 2, 0, EK_GATE_SWAP, QASM_STDGATES | QASM_EXTENSION},
    {"cswap", 3, 0, EK_GATE_CSWAP, QASM_STDGATES | QASM_EXTENSION},
    {"cp", 2, 1, EK_GATE_CP, QASM_STDGATES | QASM_EXTENSION},
    {"cu", 2, 4, EK_GATE_CU, QASM_STDGATES | QASM_EXTENSION},
    {"phase", 1, 1, EK_GATE_P, QASM_STDGATES | QASM_EXTENSION},
    {"cphase", 2, 1, EK_GATE_CP, QASM_STDGATES | QASM_EXTENSION},
    {"u", 1, 3, EK_GATE_U, QASM_EXTENSION},
    {"u0", 1, 1, NONE, QASM_EXTENSION},
    {"r", 1, 2, NONE, QASM_EXTENSION},
    {"sxdg", 1, 0, EK_GATE_SXDG, QASM_EXTENSION},
    {"cs", 2, 0, NONE, QASM_EXTENSION},
    {"csdg", 2, 0, NONE, QASM_EXTENSION},
    {"csx", 2, 0, NONE, QASM_EXTENSION},
    {"ccz", 3, 0, NONE, QASM_EXTENSION},
    {"c3x", 4, 0, EK_GATE_C3X, QASM_EXTENSION},
    {"c4x", 5, 0, EK_GATE_C4X, QASM_EXTENSION},
    {"c3sqrtx", 4, 0, NONE, QASM_EXTENSION},
    {"c3sx", 4, 0, NONE, QASM_EXTENSION},
    {"rxx", 2, 1, EK_GATE_RXX, QASM_EXTENSION},
    {"ryy", 2, 1, EK_GATE_RYY, QASM_EXTENSION},
    {"rzz", 2, 1, EK_GATE_RZZ, QASM_EXTENSION},
    {"rzx", 2, 1, EK_GATE_RZX, QASM_EXTENSION},
    {"iswap", 2, 0, EK_GATE_ISWAP, QASM_EXTENSION},
    {"xy", 2, 1, EK_GATE_XY, QASM_EXTENSION},
    {"xx_plus_yy", 2, 2, NONE, QASM_EXTENSION},
    {"xx_minus_yy", 2, 2, NONE, QASM_EXTENSION},
    {"dcx", 2, 0, NONE, QASM_EXTENSION},
    {"ecr", 2, 0, NONE, QASM_EXTENSION},
    {"rccx", 3, 0, NONE, QASM_EXTENSION},
    {"rc3x", 4, 0, NONE, QASM_EXTENSION},
    {"rcccx", 4, 0, NONE, QASM_EXTENSION},
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
                                   .is_phase = strcmp(entries[i].name, "gphase") == 0};
    }
    return EK_OK;
}

static bool is_offered(const struct ek_qasm *qasm, const struct qasm_gate *gate)
{
    const unsigned always = qasm->lexer.version == 2 ? QASM_ALWAYS_2 : QASM_ALWAYS;
    return qasm->reads_library || qasm->has_gates || (gate->origin & always) != 0;
}

struct qasm_gate *ek_qasm_find_gate(const struct ek_qasm *qasm, int name)
{
    const struct qasm_symbol *symbol = ek_qasm_find(qasm, name);
    const int library = qasm->names.list[name].library;
    if (symbol && symbol->kind == QASM_IS_GATE) return symbol->gate;
    if (library == 0 || !is_offered(qasm, &qasm->library[library - 1])) return NULL;
    return &qasm->library[library - 1];
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
    return FAIL_AT(qasm, call->name_place, "unknown gate '%s', expected one that is defined",
                   name);
}

ek_status ek_qasm_require_gate(struct ek_qasm *qasm, const struct qasm_statement *call,
                               struct qasm_gate **gate)
{
    *gate = ek_qasm_find_gate(qasm, call->name);
    if (!*gate || (qasm->defining && qasm->defining->name == call->name))
        return fail_no_gate(qasm, call);
    if ((*gate)->is_phase && qasm->lexer.version == 2 && !qasm->reads_library)
        return FAIL_AT(qasm, call->name_place, "'gphase' is of OpenQASM 3");
    return EK_OK;
}
