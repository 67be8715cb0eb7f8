// version 2: all statements
OPENQASM 2.0;
include "qelib1.inc";
qreg q[4]; qreg r[2];
creg c[4]; creg d[1];
gate majority(a, b) x, y { cx x, y; rz(a^2 - sin(b) / cos(pi)) x; barrier x, y; u3(a, -b, ln(2)) y; }
opaque magic(x) y;
h q;
majority(0.5, 1e-3) q[0], r;
cx q[0], q[1];
barrier q, r[0];
measure q[0] -> c[0];
if (c == 1) x q[1];
if (c == 1) measure q[1] -> c[1];
if(d==0) reset r[1];
reset q[2];
measure q -> c;
