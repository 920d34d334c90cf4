/* The exact level plan, loan by loan: the yardstick of benchmarks/rows.py.
 *
 * Balances are minor units; a rate is annual in 1/10000 (0.1234 -> 1234), periods are months, so that a
 * period's interest is balance * rate / 120000, rounded half up. The denominator is a constant, which lets
 * the compiler divide by multiplication: this is the fast way to write it, not a straw man.
 */
#include <stdint.h>

#define DENOMINATOR 120000LL

/* Level instalment, half up. Long double carries 64 bits: enough for retail amounts, and rows.py compares
 * every row with repayplan, whose instalment is proved. */
static int64_t level_instalment(int64_t balance, int64_t rate, int64_t periods)
{
    if (rate == 0)
        return (2 * balance + periods) / (2 * periods);
    long double f = (long double)rate / DENOMINATOR, power = 1.0L, base = 1.0L + f;
    for (int64_t k = periods; k; k >>= 1) {
        if (k & 1)
            power *= base;
        base *= base;
    }
    return (int64_t)((long double)balance * f * power / (power - 1.0L) + 0.5L);
}

void level(int64_t loans, const int64_t *principal_owed, const int64_t *rates, const int64_t *terms,
           int64_t *restrict interest, int64_t *restrict principal, int64_t *restrict closing)
{
    int64_t row = 0;
    for (int64_t i = 0; i < loans; i++) {
        int64_t balance = principal_owed[i], rate = rates[i], last = row + terms[i] - 1;
        int64_t instalment = level_instalment(balance, rate, terms[i]);
        for (; row < last; row++) {
            int64_t accrued = (2 * balance * rate + DENOMINATOR) / (2 * DENOMINATOR);
            int64_t share = instalment - accrued;
            if (share > balance)
                share = balance;
            balance -= share;
            interest[row] = accrued;
            principal[row] = share;
            closing[row] = balance;
        }
        interest[row] = (2 * balance * rate + DENOMINATOR) / (2 * DENOMINATOR);
        principal[row] = balance;
        closing[row] = 0;
        row++;
    }
}
