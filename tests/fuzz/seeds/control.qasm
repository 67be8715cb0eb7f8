OPENQASM 3.1;
include "stdgates.inc";
input float[64] theta;
input uint[4] k;
qubit[3] q; qubit a;
bit[3] c; bit d; output bit[2] o;
const int n = 3;
for int i in [0:n - 1] { rx(theta / 2 ** i) q[i]; if (c[0]) break; }
for uint i in {2, 0} { c[i] = measure q[i]; if (c[i]) continue; x q[i]; if (c == 5) { break; } }
for bit b in c { if (b) x a; }
int[8] j = 0;
@bound 20
while (j < 5) { j += 1; h a; d = measure a; if (d) { break; } else if (j == 2) { continue; } reset a; }
switch (j) { case 1, 2 { x a; } case 3 { y a; } default { z a; } }
if (c == 3 && !d || k > 2) { x q[0]; } else { y q[0]; bit e; e = measure q[1]; if (e) end; }
let pair = q[0:1] ++ a;
h pair; barrier pair, q[2]; nop q;
o = c[1:2];
bit[3] m = measure q;
measure a;
end;
