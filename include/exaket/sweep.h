/* Parameter sweeps. */
#ifndef EXAKET_SWEEP_H
#define EXAKET_SWEEP_H
#endif
