OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q;
gate mine(a) x, y { gphase(a); rx(a / 2) x; ctrl @ pow(2) @ u3(a, 1, 2) x, y; inv @ s y; }
ctrl @ mine(1) q[0], q[1], q[2];
negctrl(2) @ inv @ mine(0.5) q[0], q[1], q[2], q[3];
pow(1/2) @ mine(2) q[0], q[1];
pow(0.3) @ swap q[0], q[1];
pow(0.5) @ pow(2) @ x q[0];
pow(-3) @ t q[1];
ctrl @ gphase(pi / 7) q[0];
negctrl @ gphase(1) q[0];
gphase(-τ);
pow(0.5) @ inv @ iswap q[0], q[1];
inv @ U(1, 2, 3) q;
inv @ cu(1, 2, 3, 4) q[0], q[1];
ctrl(3) @ negctrl @ x q[0], q[1], q[2], q[3], q[4];
pow(2) @ sx q[2:4];
__unitary(0, 0, 1, 0, 1, 0, 0, 0) q[3];
