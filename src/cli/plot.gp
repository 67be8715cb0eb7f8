# Draws the results of a sweep: a rating, or the energy where no rating is known, against the first
# swept parameter; a line per problem through the means of its points. The rating is the
# approximation ratio, or the error.
# `exaket sweep report` calls it as: gnuplot -c plot.gp RESULTS.csv PICTURE.svg COLUMN RATING
csv = ARG1
axis = ARG3
rating = ARG4
set datafile separator comma
set datafile missing "NaN"
set datafile columnheaders

# Pass 1: the distinct problems in their order, at most 12 of them; and what there is to draw.
array problem[12]
problems = 0
ratios = 0
energies = 0
places = 0
seen(name) = sum [i=1:12] (i <= problems && problem[i] eq name)
note(name) = (seen(name) || problems == 12) ? 0 \
             : (problems = problems + 1, problem[problems] = name, 0)
count_ratio(value) = (ratios = ratios + (value == value), 0)
count_energy(value) = (energies = energies + (value == value), 0)
count_place(value) = (places = places + (value == value), 0)
set table $unused
set xrange [-1:1]
set yrange [-1:1]
plot csv using (note(strcol("problem"))):(0), \
     csv using (0):(count_ratio(column(rating))), \
     csv using (0):(count_energy(column("energy"))), \
     csv using (0):(count_place(column(axis)))
unset table
set autoscale
set autoscale xfix
if (energies == 0) { print "no point has an energy"; exit status 3 }
if (places == 0) { axis = "id" } # names, not numbers
value = ratios > 0 ? rating : "energy"

# Pass 2: the picture.
set terminal svg size 720,460 font "sans-serif,14" background "white"
set output ARG2
set linetype 5 lc rgb "#d55e00" # instead of a yellow that is lost on white
set key outside right top reverse Left noenhanced
set grid ytics lc "#dddddd" lt 1
set border 3
set tics nomirror
set xlabel (axis eq "id" ? "point" : axis[strlen("param_") + 1:*]) noenhanced
set ylabel (value eq "approximation_ratio" ? "approximation ratio" : value)
if (value eq "error") { set logscale y; set format y "10^{%L}" }
set offsets graph 0.04, graph 0.04, graph 0.02, graph 0.05
stats csv using (column(axis)) nooutput name "X"
if (X_max - X_min <= 20 && X_min == floor(X_min)) { set xtics 1 }
# What rounding leaves of an error may be below 0.
shown(x) = value eq "error" ? (abs(x) < 1e-16 ? 1e-16 : abs(x)) : x
y(i) = strcol("problem") eq problem[i] ? shown(column(value)) : NaN
plot for [i=1:problems] csv using (column(axis)):(y(i)) smooth unique \
         with lines lw 2 lc i title problem[i], \
     for [i=1:problems] csv using (column(axis)):(y(i)) \
         with points pt 7 ps 0.6 lc i notitle
