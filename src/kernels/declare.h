/* Inside kernels: the functions of one table. */
#ifndef EK_KERNELS_DECLARE_H
#define EK_KERNELS_DECLARE_H

#include "kernels/real.h"

void KERNEL(gather)(const void *amplitudes, const size_t *row, int row_slots,
                    const struct ek_tile *tile);
void KERNEL(scatter)(void *amplitudes, const size_t *row, int row_slots,
                     const struct ek_tile *tile, ek_complex scale);
void KERNEL(fill)(const struct ek_tile *tile, double value);
void KERNEL(take_part)(const struct ek_tile *tile, const size_t *row, int row_slots,
                       const struct ek_tile *part);
void KERNEL(put_part)(const struct ek_tile *tile, const size_t *row, int row_slots,
                      const struct ek_tile *part);
void KERNEL(trip)(const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                  size_t step_count, const struct ek_trip_step *steps);
void KERNEL(trip_between)(const struct ek_chunk *from, const struct ek_chunk *to,
                          const struct ek_trip *trip, size_t step_count,
                          const struct ek_trip_step *steps);
void KERNEL(trip_in)(const void *amplitudes, size_t ahead, const struct ek_tile *tile,
                     size_t first, const struct ek_trip *trip, size_t step_count,
                     const struct ek_trip_step *steps);
void KERNEL(trip_out)(void *amplitudes, size_t ahead, const struct ek_tile *tile, size_t first,
                      const struct ek_trip *trip, size_t step_count,
                      const struct ek_trip_step *steps, ek_complex scale);
void KERNEL(trip_leave)(void *amplitudes, const void *soon, const struct ek_spread *asked,
                        const struct ek_tile *tile, size_t first, const struct ek_trip *trip,
                        size_t step_count, const struct ek_trip_step *steps, ek_complex scale);
size_t KERNEL(factors)(const struct ek_trip_step *step, int group_count,
                       const ek_complex *registers,
                       const ek_complex *lanes, void *numbers);
void KERNEL(flat_trip)(void *amplitudes, size_t ahead, const struct ek_trip *trip,
                       size_t step_count, const struct ek_trip_step *steps, ek_complex scale);
void KERNEL(dense)(const struct ek_tile *tile, int count, const uint8_t *position,
                   const ek_complex *matrix, struct ek_where where);
void KERNEL(phase)(const struct ek_tile *tile, ek_complex phase, struct ek_where where);
void KERNEL(table)(const struct ek_tile *tile, int count, const uint8_t *position,
                   const ek_complex *phases, struct ek_where where);
void KERNEL(parity)(const struct ek_tile *tile, uint32_t z, const ek_complex phases[2],
                    struct ek_where where);
void KERNEL(pauli)(const struct ek_tile *tile, uint32_t x, uint32_t z, int y_count, double cosine,
                   double sine, struct ek_where where);
void KERNEL(levels)(const struct ek_tile *tile, const uint16_t *level, const size_t *row,
                    int row_slots, uint32_t count, const ek_complex *phases);
void KERNEL(values)(const struct ek_tile *tile, const double *value, double angle);
double KERNEL(probe)(const struct ek_tile *left, const struct ek_tile *right, uint32_t x,
                     uint32_t z, int y_count, struct ek_where where);
double KERNEL(probe_values)(const struct ek_tile *left, const struct ek_tile *right,
                            const double *value);
void KERNEL(probe_signs)(const struct ek_tile *left, const struct ek_tile *right, int count,
                         const uint32_t *z, double *sums);
void KERNEL(pair_turns)(const struct ek_tile *left, const struct ek_tile *right, int count,
                        const struct ek_turn *turns, double *sums);
void KERNEL(pair_multiply)(const struct ek_tile *left, const struct ek_tile *right,
                           const struct ek_tile *phases, ek_complex factor);
void KERNEL(string_sums)(const struct ek_tile *left, const struct ek_tile *right, int pivot,
                         int count, const struct ek_string *strings, double *sums);
void KERNEL(string_add)(const struct ek_tile *out, const struct ek_tile *right, int count,
                        const struct ek_string *strings);
void KERNEL(add_rows)(void *amplitudes, const size_t *row, int row_slots,
                      const struct ek_tile *tile);
double KERNEL(norm)(const void *amplitudes, size_t count);
void KERNEL(probabilities)(const void *amplitudes, size_t count, double *out);
double KERNEL(expect_levels)(const void *amplitudes, size_t count, const uint16_t *level,
                             const double *value);
double KERNEL(expect_values)(const void *amplitudes, size_t count, const double *value);
void KERNEL(sum)(const void *amplitudes, size_t count, uint64_t first, uint64_t inverted,
                 int weight, double out[2]);
void KERNEL(add)(void *amplitudes, size_t count, uint64_t first, uint64_t inverted, int weight,
                 ek_complex number);
void KERNEL(scale)(void *amplitudes, size_t count, double factor);
void KERNEL(wide_turn)(void *left, void *right, size_t count, uint64_t first,
                       const struct ek_wide *wide);
double KERNEL(wide_probe)(const void *left, const void *right, size_t count, uint64_t first,
                          const struct ek_wide *wide);
void KERNEL(walsh)(double *numbers, int bits);
void KERNEL(walsh_levels)(uint16_t *numbers, int bits);
void KERNEL(quadratic_values)(int low_bits, int high_bits, const double *low, const double *high,
                              const double *couple, double *values);
void KERNEL(quadratic_levels)(int low_bits, int high_bits, const uint16_t *low,
                              const uint16_t *high, const uint16_t *couple, uint16_t *levels);
double KERNEL(peak)(size_t rounds, void *numbers);

/* For tiles shorter than a vector. */
void KERNEL(scalar_gather)(const void *amplitudes, const size_t *row, int row_slots,
                           const struct ek_tile *tile);
void KERNEL(scalar_scatter)(void *amplitudes, const size_t *row, int row_slots,
                            const struct ek_tile *tile, ek_complex scale);
void KERNEL(scalar_dense)(const struct ek_tile *tile, int count, const uint8_t *position,
                          const ek_complex *matrix, struct ek_where where);
void KERNEL(scalar_phase)(const struct ek_tile *tile, ek_complex phase, struct ek_where where);
void KERNEL(scalar_table)(const struct ek_tile *tile, int count, const uint8_t *position,
                          const ek_complex *phases, struct ek_where where);
void KERNEL(scalar_parity)(const struct ek_tile *tile, uint32_t z, const ek_complex phases[2],
                           struct ek_where where);
void KERNEL(scalar_pauli)(const struct ek_tile *tile, uint32_t x, uint32_t z, int y_count,
                          double cosine, double sine, struct ek_where where);
void KERNEL(scalar_levels)(const struct ek_tile *tile, const uint16_t *level, const size_t *row,
                           int row_slots, uint32_t count, const ek_complex *phases);
void KERNEL(scalar_values)(const struct ek_tile *tile, const double *value, double angle);

#endif
