#include "io/scan.h"
#include "problem/problem.h"

#include <math.h>

/* A portfolio while its file is read; places[i] is where covariance[i] stands. */
struct market {
    int assets;
    double returns[EK_QUBITS_MAX];
    double covariance[EK_QUBITS_MAX * EK_QUBITS_MAX];
    const char *places[EK_QUBITS_MAX * EK_QUBITS_MAX];
};

/* ---- the line of names --------------------------------------------------------------------- */

/* Whether no field of this line is a number: then it names the assets. */
static bool is_line_of_names(struct ek_scan scan)
{
    double value;
    while (!ek_scan_at_line_end(&scan))
        if (ek_token_number(ek_scan_token(&scan), &value)) return false;
    return true;
}

/* Skips a line of names and counts them; commas within double quotes do not separate. */
static int skip_names(struct ek_scan *scan)
{
    int names = 1;
    bool quoted = false;
    for (const char *at = scan->at; at < scan->end && *at != '\n' && *at != '\r'; at++) {
        if (*at == '"') quoted = !quoted;
        if (*at == ',' && !quoted) names++;
    }
    ek_scan_skip_line(scan);
    return names;
}

/* ---- lines of numbers ---------------------------------------------------------------------- */

/* The returns: as many as the line has. */
static ek_status read_returns(struct ek_scan *scan, struct market *market)
{
    for (;;) {
        const struct ek_token token = ek_scan_peek(scan);
        double value;
        EK_TRY(ek_scan_number(scan, "an expected return", &value));
        if (market->assets == EK_QUBITS_MAX)
            return EK_FAIL_IN(scan->file, token.text, "expected at most %d assets, found more",
                              EK_QUBITS_MAX);
        market->returns[market->assets++] = value;
        if (ek_scan_at_line_end(scan)) return ek_scan_end_line(scan);
        EK_TRY(ek_scan_word(scan, ","));
    }
}

static ek_status read_row(struct ek_scan *scan, int row, struct market *market)
{
    char expected[96];
    for (int column = 0; column < market->assets; column++) {
        const int entry = row * market->assets + column;
        if (column > 0) EK_TRY(ek_scan_word(scan, ","));
        snprintf(expected, sizeof expected, "covariance %d of %d", column + 1, market->assets);
        market->places[entry] = ek_scan_peek(scan).text;
        EK_TRY(ek_scan_number(scan, expected, &market->covariance[entry]));
    }
    return ek_scan_end_line(scan);
}

static ek_status read_covariance(struct ek_scan *scan, struct market *market)
{
    char expected[96];
    for (int row = 0; row < market->assets; row++) {
        snprintf(expected, sizeof expected, "line %d of %d of the covariance matrix", row + 1,
                 market->assets);
        if (!ek_scan_next_line(scan)) return EK_FAIL_EXPECTED(scan, ek_scan_peek(scan), expected);
        EK_TRY(read_row(scan, row, market));
    }
    if (!ek_scan_next_line(scan)) return EK_OK;
    return EK_FAIL_EXPECTED(scan, ek_scan_peek(scan),
                            "the end of the file after the covariance matrix");
}

static ek_status check_symmetry(const ek_file *file, const struct market *market)
{
    const int n = market->assets;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (!ek_covariance_symmetric(n, market->covariance, i, j))
                return EK_FAIL_IN(
                    file, market->places[i * n + j],
                    "expected %.12g as in line %d, column %d of the covariance matrix, "
                    "which must be symmetric, found %.12g",
                    market->covariance[j * n + i], j + 1, i + 1, market->covariance[i * n + j]);
    return EK_OK;
}

static ek_status read_market(const ek_file *file, struct market *market)
{
    struct ek_scan scan = {.commas = true};
    int names = 0;
    EK_TRY(ek_scan_begin(&scan, file));
    if (ek_scan_next_line(&scan) && is_line_of_names(scan)) {
        names = skip_names(&scan);
        ek_scan_next_line(&scan);
    }
    const char *place = scan.at;
    EK_TRY(read_returns(&scan, market));
    if (names > 0 && names != market->assets)
        return EK_FAIL_IN(file, place,
                          "expected %d returns, one for each name of the first line, found %d",
                          names, market->assets);
    EK_TRY(read_covariance(&scan, market));
    return check_symmetry(file, market);
}

static ek_status check_choice(int assets, double risk_aversion, int budget)
{
    if (!isfinite(risk_aversion))
        return EK_FAIL(EK_ERROR_ARGUMENT, "the risk aversion %g is not finite", risk_aversion);
    if (budget < -1 || budget > assets)
        return EK_FAIL(
            EK_ERROR_ARGUMENT,
            "budget of %d assets out of %d; it is 1 to %d, 0 for half of them, -1 for none",
            budget, assets, assets);
    return EK_OK;
}

ek_status ek_portfolio_parse(const ek_file *file, double risk_aversion, int budget,
                             ek_problem **problem)
{
    struct market *market;
    EK_TRY(EK_NEW(market, 1));
    ek_status status = read_market(file, market);
    if (status == EK_OK) status = check_choice(market->assets, risk_aversion, budget);
    if (status == EK_OK) {
        if (budget == 0) budget = market->assets > 1 ? market->assets / 2 : 1;
        status = ek_scan_blame_file(file, ek_problem_portfolio(market->assets, market->returns,
                                                               market->covariance, risk_aversion,
                                                               budget, problem));
    }
    ek_release(market);
    return status;
}
