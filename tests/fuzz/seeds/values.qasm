OPENQASM 3;
include "stdgates.inc";
input int[16] n; input angle[8] phi; input bool go; input float f;
qubit[2] q; bit[4] c; bit[4] d; @local bit[2] l;
uint[8] u = 0xF0; float[32] g = 1.5; angle[20] w = pi / 3; int v = -7;
c = "0110"; d = c ^ "1010"; d = ~c & d | c;
u = uint[8](c) << 2 >> 1; u ^= 3; u = rotl(u, 3) + popcount(c); u **= 2; u %= 7;
v = int[16](u) * -n / 3; v -= 1; f = 2 * g; g = sin(g) + float(v); w = phi + w; w /= 2;
c[0] = go; d[1:2] = c[2:3]; c[3] = d[0] & c[1];
bool yes = v <= 3 && u != 2 || !(g > 1.0); if (yes) x q[0]; if (u[2]) y q[1];
rx(f) q[0]; ry(2 * f - 1) q[0]; rz(-phi / 4 + 3 * f * f) q[1]; p(float(v) / 2) q[0];
u3(arcsin(0.5), mod(7, 4), pow(2, 3)) q[1]; rx(ceiling(1.2) + floor(2.7) + sqrt(2) + exp(0) + log(euler)) q[0];
ry(int(3.7) + int(true)) q[sizeof(q) - 1];
while (v > 0) { v >>= 1; u = u + 1; rx(f * v) q[0]; }
