/* Permutations of basis states on a few qubits. The image of x is kept as the real part of the
 * operation's value x. */
#include "circuit/circuit.h"

static ek_status check_image(int count, const uint32_t *image, ek_complex *values)
{
    const size_t size = (size_t)1 << count;
    for (size_t x = 0; x < size; x++) { /* the imaginary part marks what has been named */
        if (image[x] >= size)
            return EK_FAIL(EK_ERROR_ARGUMENT, "permutation of %zu values: %zu goes to %u", size, x,
                           image[x]);
        if (values[image[x]].im != 0)
            return EK_FAIL(EK_ERROR_ARGUMENT, "permutation: %zu and another value both go to %u",
                           x, image[x]);
        values[x].re = image[x];
        values[image[x]].im = 1;
    }
    for (size_t x = 0; x < size; x++) values[x].im = 0;
    return EK_OK;
}

static ek_status set_qubits(const ek_circuit *circuit, int count, const int *qubits,
                            const ek_controls *controls, struct ek_op *op)
{
    uint64_t seen = 0;
    const int in_all = count + (controls ? controls->count : 0);
    if (count < 1 || count > EK_TABLE_MAX)
        return EK_FAIL(EK_ERROR_ARGUMENT, "permutation on %d qubits: 1 to %d are possible", count,
                       EK_TABLE_MAX);
    for (int i = 0; i < in_all; i++) {
        const int q = i < count ? qubits[i] : controls->qubit[i - count];
        if (q < 0 || q >= circuit->qubits || (seen & ek_bit(q)))
            return EK_FAIL(EK_ERROR_ARGUMENT, "permutation: qubit %d is named twice, or not one "
                           "of the circuit's 0 to %d", q, circuit->qubits - 1);
        seen |= ek_bit(q);
        if (i < count) {
            op->target[op->target_count++] = (uint8_t)q;
            continue;
        }
        op->control_mask |= ek_bit(q);
        if (!controls->value || controls->value[i - count]) op->control_value |= ek_bit(q);
    }
    return EK_OK;
}

ek_status ek_circuit_permutation(ek_circuit *circuit, int count, const int *qubits,
                                 const uint32_t *image, const ek_controls *controls)
{
    struct ek_op op = {.kind = EK_OP_PERMUTE, .gate = EK_GATE_COUNT};
    ek_complex *values = NULL;
    EK_TRY(set_qubits(circuit, count, qubits, controls, &op));
    EK_TRY(EK_NEW(values, (size_t)1 << count));
    ek_status status = check_image(count, image, values);
    if (status == EK_OK) status = ek_circuit_append(circuit, op, NULL, values);
    ek_release(values);
    return status;
}
