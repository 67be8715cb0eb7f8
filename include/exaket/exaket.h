/* Everything of the library but <exaket/session_mpi.h>. What holds where a comment says nothing
 * else:
 *
 * Local functions are the calling process's own affair. Collective ones are called by all ranks of
 * the session that their arguments belong to, in the same order and with the same values. Values
 * that differ are refused with EK_ERROR_MISMATCH where states are made and circuits run; elsewhere
 * ranks may wait for each other forever, stop in MPI, or go on with what is not a state.
 *
 * Pointers are not null, but to arrays without elements.
 *
 * The thread that has made the first session calls whatever is collective, or takes something that
 * belongs to a session. Any thread may call the rest, and several at once if no two work on the
 * same handle, nor on files. */
#ifndef EXAKET_EXAKET_H
#define EXAKET_EXAKET_H

#include <exaket/bench.h>
#include <exaket/checkpoint.h>
#include <exaket/circuit.h>
#include <exaket/diagonal.h>
#include <exaket/dynamic.h>
#include <exaket/evaluation.h>
#include <exaket/files.h>
#include <exaket/gradient.h>
#include <exaket/hamiltonian.h>
#include <exaket/info.h>
#include <exaket/log.h>
#include <exaket/observe.h>
#include <exaket/pauli.h>
#include <exaket/predict.h>
#include <exaket/problem.h>
#include <exaket/program.h>
#include <exaket/qasm.h>
#include <exaket/qaoa.h>
#include <exaket/query.h>
#include <exaket/report.h>
#include <exaket/run.h>
#include <exaket/session.h>
#include <exaket/shots.h>
#include <exaket/state.h>
#include <exaket/status.h>
#include <exaket/sweep.h>
#include <exaket/text.h>
#include <exaket/types.h>
#include <exaket/validate.h>
#include <exaket/vqe.h>
#include <exaket/watchdog.h>

#endif
