#include "kernels/kernels.h"

#include <math.h>

static bool near_zero(double part, double size) { return fabs(part) <= 1e-15 * size; }

/* Divides by the upper left element; a matrix with a small one would lose accuracy. */
static bool find_form(const ek_complex *m, struct ek_rotation *rotation, ek_complex *scale)
{
    const double size = m[0].re * m[0].re + m[0].im * m[0].im;
    ek_complex ratio[4];
    if (size < 0.4999) return false;
    for (int i = 0; i < 4; i++) {
        ratio[i].re = (m[i].re * m[0].re + m[i].im * m[0].im) / size;
        ratio[i].im = (m[i].im * m[0].re - m[i].re * m[0].im) / size;
    }
    const bool corner_real = near_zero(ratio[3].im, 1);
    const bool turn = corner_real && near_zero(ratio[3].re - 1, 4);
    const bool reflect = corner_real && near_zero(ratio[3].re + 1, 4);
    const bool real = near_zero(ratio[1].im, 1) && near_zero(ratio[2].im, 1);
    const bool imaginary = near_zero(ratio[1].re, 1) && near_zero(ratio[2].re, 1) &&
                           near_zero(ratio[1].im - ratio[2].im, 4);
    *scale = m[0];
    if (real && (turn || reflect)) {
        rotation->kind = turn ? EK_TURN : EK_REFLECT;
        rotation->t = ratio[1].re;
        rotation->u = ratio[2].re;
        return true;
    }
    if (!turn || !imaginary) return false;
    rotation->kind = EK_IMAGINARY;
    rotation->t = rotation->u = -ratio[1].im;
    return true;
}

bool ek_rotation_find(const ek_complex *m, struct ek_rotation *rotation, ek_complex *scale)
{
    const ek_complex exchanged[4] = {m[1], m[0], m[3], m[2]};
    rotation->exchanged = false;
    if (find_form(m, rotation, scale)) return true;
    rotation->exchanged = true;
    return find_form(exchanged, rotation, scale);
}

void ek_rotation_matrix(const struct ek_rotation *r, ek_complex *m)
{
    const bool imaginary = r->kind == EK_IMAGINARY;
    const int first = r->exchanged, second = 1 - first;
    m[first] = (ek_complex){1, 0};
    m[second] = imaginary ? (ek_complex){0, -r->t} : (ek_complex){r->t, 0};
    m[2 + first] = imaginary ? (ek_complex){0, -r->t} : (ek_complex){r->u, 0};
    m[2 + second] = (ek_complex){r->kind == EK_REFLECT ? -1 : 1, 0};
}
