OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit[2] c;
def f(int a) -> int { return a; } box { x q[0]; } delay[100ns] q; 0b12 1__0 "01a" 'x' $0 /* open
