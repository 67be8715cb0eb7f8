OPENQASM 3.0;
include "stdgates.inc";
qubit[5] q;
gate mine(a) x, y { gphase(a); rx(a / 2) x; ctrl @ pow(19) @ u3(a, 1, 2) x, y; inv @ s y; }
ctrl @ mine(1) q[0], q[1], q[2];
negctrl(2) @ inv @ mine(0.5) q[0], q[1], q[2], q[3];
pow(0/2) @ mine(2) q[0], q[1];

