#include "io/qasm_write.h"

#include <string.h>

/* ---- names --------------------------------------------------------------------------------- */

/* What an operation is written as: a word, further controls that the word implies, and whether its
 * definition must be written first. */
struct wording {
    const char *name;
    int controls;
    bool needs_definition;
};

/* Version 3: names of stdgates.inc, and modifiers for the rest. */
static struct wording word3(ek_gate gate)
{
    switch (gate) {
    case EK_GATE_U:
        return (struct wording){"U", 0, false};
    case EK_GATE_SXDG:
        return (struct wording){"inv @ sx", 0, false};
    case EK_GATE_C3X:
        return (struct wording){"ctrl(3) @ x", 0, false};
    case EK_GATE_C4X:
        return (struct wording){"ctrl(4) @ x", 0, false};
    case EK_GATE_XY:
        return (struct wording){"xy", 0, true};
    case EK_GATE_ISWAP:
    case EK_GATE_RXX:
    case EK_GATE_RYY:
    case EK_GATE_RZZ:
    case EK_GATE_RZX:
        return (struct wording){ek_gate_name(gate), 0, true};
    default:
        return (struct wording){ek_gate_name(gate), 0, false};
    }
}

/* Version 2: names of the qelib1.inc that comes with Qiskit, older ones where there are two. */
static struct wording word2(ek_gate gate, int controls)
{
    static const struct {
        ek_gate gate;
        int controls;
        struct wording wording;
    } special[] = {
        {EK_GATE_P, 0, {"u1", 0, false}},       {EK_GATE_U, 0, {"u3", 0, false}},
        {EK_GATE_CP, 0, {"cu1", 0, false}},     {EK_GATE_XY, 0, {"xy", 0, true}},
        {EK_GATE_RYY, 0, {"ryy", 0, true}},     {EK_GATE_RZX, 0, {"rzx", 0, true}},
        {EK_GATE_ISWAP, 0, {"iswap", 0, true}}, {EK_GATE_S, 1, {"cs", 1, true}},
        {EK_GATE_SDG, 1, {"csdg", 1, true}},    {EK_GATE_SX, 1, {"csx", 1, false}},
        {EK_GATE_SX, 3, {"c3sqrtx", 3, false}}, {EK_GATE_CZ, 1, {"ccz", 1, true}},
    };
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (special[i].gate == gate && special[i].controls == controls) return special[i].wording;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (special[i].gate == gate && special[i].controls == 0) return special[i].wording;
    return (struct wording){ek_gate_name(gate), 0, false};
}

/* Controls that act on 1, or -1 where one acts on 0. */
static int count_positive(const struct ek_op_call *call)
{
    for (int i = 0; i < call->controls; i++)
        if (!call->value[i]) return -1;
    return call->controls;
}

static struct wording find_wording(const struct qasm_writer *writer, const struct ek_op *op,
                                   const struct ek_op_call *call)
{
    const ek_gate gate = (ek_gate)op->gate;
    return writer->version == 2 ? word2(gate, count_positive(call)) : word3(gate);
}

/* ---- operations ---------------------------------------------------------------------------- */

static void write_controls(struct qasm_writer *writer, const struct ek_op_call *call)
{
    for (int i = 0; i < call->controls; i++)
        ek_text_printf(&writer->text, call->value[i] ? "ctrl @ " : "negctrl @ ");
}

static void write_operands(struct qasm_writer *writer, const struct ek_op_call *call)
{
    const char *before = " ";
    for (int i = 0; i < call->controls + call->count; i++) {
        const int qubit = i < call->controls ? call->control[i] : call->qubits[i - call->controls];
        ek_text_printf(&writer->text, "%s", before);
        ek_qasm_write_qubit(writer, qubit);
        before = writer->version == 2 ? "," : ", ";
    }
}

static void write_angles(struct qasm_writer *writer, const struct ek_op *op, double factor)
{
    if (op->angle_count == 0) return;
    for (size_t i = 0; i < op->angle_count; i++) {
        ek_text_printf(&writer->text, i == 0 ? "(" : writer->version == 2 ? "," : ", ");
        ek_qasm_write_angle(writer, &writer->program->circuit->angles[op->angles + i], factor);
    }
    ek_text_printf(&writer->text, ")");
}

static ek_status write_named(struct qasm_writer *writer, const struct ek_op *op,
                             const struct ek_op_call *call)
{
    const struct wording wording = find_wording(writer, op, call);
    if (writer->version == 2 && call->controls != wording.controls)
        return FAIL_TO_WRITE(
            writer, "%s under %d further control%s: OpenQASM 2 has no name for it",
            ek_gate_name((ek_gate)op->gate), call->controls, EK_PLURAL(call->controls));
    if (writer->version == 3) write_controls(writer, call);
    ek_text_printf(&writer->text, "%s", wording.name);
    write_angles(writer, op, 1);
    write_operands(writer, call);
    return EK_OK;
}

/* A rotation about no Pauli: exp(-i angle/2). */
static ek_status write_phase(struct qasm_writer *writer, const struct ek_op *op,
                             const struct ek_op_call *call)
{
    if (writer->version == 2) return FAIL_TO_WRITE(writer, "a global phase: OpenQASM 2 has none");
    write_controls(writer, call);
    ek_text_printf(&writer->text, "gphase");
    write_angles(writer, op, -0.5);
    if (call->controls > 0) write_operands(writer, call);
    return EK_OK;
}

/* No word of either version: a gate that only this library reads. */
static ek_status write_matrix(struct qasm_writer *writer, const struct ek_op *op,
                              const struct ek_op_call *call)
{
    const ek_complex *values = ek_op_own_values(writer->program->circuit, op);
    if (writer->version == 2)
        return FAIL_TO_WRITE(writer, "a power of a gate as a matrix: OpenQASM 2 has none");
    write_controls(writer, call);
    ek_text_printf(&writer->text, "__unitary(");
    for (size_t i = 0; i < ek_op_value_count(op); i++) {
        if (i > 0) ek_text_printf(&writer->text, ", ");
        ek_qasm_write_number(writer, values[i].re);
        ek_text_printf(&writer->text, ", ");
        ek_qasm_write_number(writer, values[i].im);
    }
    ek_text_printf(&writer->text, ")");
    write_operands(writer, call);
    return EK_OK;
}

ek_status ek_qasm_write_operation(struct qasm_writer *writer, size_t operation)
{
    const struct ek_op *op = &writer->program->circuit->ops[operation];
    struct ek_op_call call;
    ek_op_call_get(op, &call);
    if (op->gate != EK_GATE_COUNT) return write_named(writer, op, &call);
    if (op->kind == EK_OP_DENSE) return write_matrix(writer, op, &call);
    if (op->kind == EK_OP_PARITY && op->z_mask == 0) return write_phase(writer, op, &call);
    return FAIL_TO_WRITE(writer, "an operation that OpenQASM has no gate for");
}

/* ---- definitions --------------------------------------------------------------------------- */

enum { WORDS_MAX = 16 };

static void add_word(const char **words, int *count, const char *name)
{
    for (int i = 0; i < *count; i++)
        if (strcmp(words[i], name) == 0) return;
    if (*count < WORDS_MAX) words[(*count)++] = name;
}

/* The library's line that defines the gate. */
static void write_definition(struct qasm_writer *writer, const char *name)
{
    const size_t length = strlen(name);
    for (const char *line = ek_qasm_library_text; *line; line = strchr(line, '\n') + 1) {
        const char *here = line + strlen("gate ");
        if (strncmp(here, name, length) != 0 || (here[length] != '(' && here[length] != ' '))
            continue;
        ek_text_printf(&writer->text, "%.*s\n", (int)(strchr(line, '\n') - line), line);
    }
}

ek_status ek_qasm_write_definitions(struct qasm_writer *writer)
{
    const ek_circuit *circuit = writer->program->circuit;
    const char *words[WORDS_MAX];
    int count = 0;
    for (size_t i = 0; i < circuit->op_count; i++) {
        const struct ek_op *op = &circuit->ops[i];
        struct ek_op_call call;
        if (op->gate == EK_GATE_COUNT) continue;
        ek_op_call_get(op, &call);
        const struct wording wording = find_wording(writer, op, &call);
        if (!wording.needs_definition) continue;
        if (op->gate == EK_GATE_XY) { /* its definition has these */
            if (writer->version == 3) add_word(words, &count, "rxx");
            add_word(words, &count, "ryy");
        }
        add_word(words, &count, wording.name);
    }
    for (int i = 0; i < count; i++) write_definition(writer, words[i]);
    return writer->text.status;
}
